import { BoolEncoder } from "./BoolEncoder.ts";
import { type Planes, writeResidual } from "./vp8Residual.ts";
import { UPDATE_PROBABILITIES } from "./vp8UpdateProbabilities.ts";

/*
 * A VP8 key frame of one-coloured macroblocks (RFC 6386):
 *
 *   +-----------+------------+---------------+------------------+------------------+---------------+
 *   | frame tag | start code | width, height | first partition  | second partition | whatever,     |
 *   | 3 bytes   | 9d 01 2a   | 2 + 2 bytes   | header and modes | residuals        | not looked at |
 *   +-----------+------------+---------------+------------------+------------------+---------------+
 *
 * Luma and chroma of a macroblock repeat a neighbour's that are the same. Otherwise they are predicted from the mean of
 * the neighbours, and the difference is one coefficient in each plane. The quantiser is such that every level can be
 * met, and there is no filter: a decoder shows just these levels. Runs in Node and in pages.
 */

/** Pixels of a macroblock's side. */
export const MACROBLOCK_PIXELS = 16;

/** Macroblocks row by row from the top left, each with its levels from 0 to 255. */
export interface MacroblockPicture {
  readonly columns: number;
  readonly rows: number;
  readonly macroblocks: readonly Planes[];
}

/** Key frame, version 0, shown. */
const FRAME_TAG = 0b1_000_0;
const FIRST_PARTITION_SHIFT = 5;
const START_CODE = [0x9d, 0x01, 0x2a] as const;
/** Step of the DC: 8 in chroma, 16 in Y2. The transforms divide it by 8 and 64. */
const QUANTISER_INDEX = 4;
const LUMA_STEPS_PER_LEVEL = 4;
/** That a macroblock is not skipped; most are. */
const NOT_SKIPPED = 64;
/** What a macroblock is predicted from: the block above, the one to the left, or the mean of both. */
type Mode = "above" | "left" | "mean";
/** A way through a tree: each branch with its probability. */
type Branches = readonly (readonly [branch: boolean, falseProbability: number])[];
/** Of key frames (11.2). */
const LUMA_MODES: Readonly<Record<Mode, Branches>> = {
  above: [
    [true, 145],
    [false, 156],
    [true, 163],
  ],
  left: [
    [true, 145],
    [true, 156],
    [false, 128],
  ],
  mean: [
    [true, 145],
    [false, 156],
    [false, 163],
  ],
};
const CHROMA_MODES: Readonly<Record<Mode, Branches>> = {
  above: [
    [true, 142],
    [false, 114],
  ],
  left: [
    [true, 142],
    [true, 114],
    [false, 183],
  ],
  mean: [[false, 142]],
};
/** What a macroblock without neighbours is predicted from. */
const NO_NEIGHBOUR_LEVEL = 128;
const NO_STEPS: Planes = { luma: 0, blueness: 0, redness: 0 };

/** Encodes a picture. Any bytes may be appended to it. */
export function encodeKeyFrame(picture: MacroblockPicture): Uint8Array<ArrayBuffer> {
  const modes = new BoolEncoder();
  const residuals = new BoolEncoder();
  writeHeader(modes);
  const steps: Planes[] = [];
  for (let at = 0; at < picture.macroblocks.length; at++) {
    const neighbours = neighboursOf(picture.macroblocks, at, picture.columns);
    const { luma, chroma, steps: own } = predict(picture.macroblocks[at]!, neighbours);
    steps.push(own);
    const isSkipped = own.luma === 0 && own.blueness === 0 && own.redness === 0;
    modes.writeBool(isSkipped, NOT_SKIPPED);
    for (const way of [...LUMA_MODES[luma], ...CHROMA_MODES[chroma]]) modes.writeBool(...way);
    if (isSkipped) continue;
    const { above = NO_STEPS, left = NO_STEPS } = neighboursOf(steps, at, picture.columns);
    writeResidual(residuals, own, above, left);
  }
  return assemble(picture, modes.finish(), residuals.finish());
}

function writeHeader(modes: BoolEncoder): void {
  modes.writeBits(0, 1); // colour space: BT.601
  modes.writeBits(0, 1); // levels are clamped
  modes.writeBits(0, 1); // no segments
  modes.writeBits(0, 1 + 6 + 3); // filter: normal, level 0 (off), sharpness 0
  modes.writeBits(0, 1); // no adjustments of the filter
  modes.writeBits(0, 2); // one partition of residuals
  modes.writeBits(QUANTISER_INDEX, 7);
  modes.writeBits(0, 5); // the same quantiser for all kinds of coefficients
  modes.writeBits(0, 1); // probabilities are not kept; each frame is a key frame
  for (const probability of UPDATE_PROBABILITIES) modes.writeBool(false, probability);
  modes.writeBits(1, 1); // macroblocks may be skipped
  modes.writeBits(NOT_SKIPPED, 8);
}

interface Neighbours {
  readonly above: Planes | undefined;
  readonly left: Planes | undefined;
}

function neighboursOf(all: readonly Planes[], at: number, columns: number): Neighbours {
  return { above: all[at - columns], left: at % columns === 0 ? undefined : all[at - 1] };
}

interface Prediction {
  readonly luma: Mode;
  readonly chroma: Mode;
  /** How far the macroblock is from what is predicted, in quantiser steps. */
  readonly steps: Planes;
}

function predict(own: Planes, { above, left }: Neighbours): Prediction {
  const hasLuma = (other?: Planes): boolean => other?.luma === own.luma;
  const hasChroma = (other?: Planes): boolean => other?.blueness === own.blueness && other.redness === own.redness;
  const luma = modeFor(hasLuma(above), hasLuma(left));
  const chroma = modeFor(hasChroma(above), hasChroma(left));
  const stepsIn = (plane: keyof Planes): number => own[plane] - meanOf(above?.[plane], left?.[plane]);
  return {
    luma,
    chroma,
    steps: {
      luma: luma === "mean" ? stepsIn("luma") * LUMA_STEPS_PER_LEVEL : 0,
      blueness: chroma === "mean" ? stepsIn("blueness") : 0,
      redness: chroma === "mean" ? stepsIn("redness") : 0,
    },
  };
}

function modeFor(isLikeAbove: boolean, isLikeLeft: boolean): Mode {
  if (isLikeAbove) return "above";
  return isLikeLeft ? "left" : "mean";
}

/** As decoders take it: half a level is rounded up. */
function meanOf(above: number | undefined, left: number | undefined): number {
  if (above !== undefined && left !== undefined) return (above + left + 1) >> 1;
  return above ?? left ?? NO_NEIGHBOUR_LEVEL;
}

function assemble(picture: MacroblockPicture, first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const tag = (first.length << FIRST_PARTITION_SHIFT) | FRAME_TAG;
  const [width, height] = [picture.columns * MACROBLOCK_PIXELS, picture.rows * MACROBLOCK_PIXELS];
  const size = [width & 255, width >> 8, height & 255, height >> 8];
  return Uint8Array.of(tag & 255, (tag >> 8) & 255, tag >> 16, ...START_CODE, ...size, ...first, ...second);
}

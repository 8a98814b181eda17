import { barcodeBits, PICTURE } from "./barcode.ts";
import { BLACK_LUMA, toRgb, WHITE_LUMA } from "./colour.ts";
import { type Area, type I420Picture, meanLevel } from "./i420.ts";
import type { Rgb } from "./people.ts";

/** What a decoded picture shows. */
export interface SeenPicture {
  readonly person: number;
  readonly frame: number;
  readonly colour: Rgb;
}

const CELL_PIXELS = PICTURE.width / PICTURE.cells;
const SYNC_BITS = 2;
/** The middle of a cell, clear of its neighbours; in pixels of `PICTURE`. */
const CELL_CORE = { left: 6, right: 14, top: 140, bottom: 164 } as const;
const COLOUR_CORE: Area = { left: 100, top: 40, right: 220, bottom: 80 };
/** A cell is darker or brighter than these, as a share of the way from black to white. */
const DARK = 0.35;
const BRIGHT = 0.65;

/** Reads a picture of any size that was drawn as `barcode.ts` says; `undefined` if it is no such picture. */
export function readPicture(picture: I420Picture): SeenPicture | undefined {
  const luma = { bytes: picture.y, stride: picture.yStride };
  const bits: boolean[] = [];
  for (let cell = 0; cell < PICTURE.cells; cell++) {
    const [left, right] = [cell * CELL_PIXELS + CELL_CORE.left, cell * CELL_PIXELS + CELL_CORE.right];
    const level = meanLevel(luma, scaled(picture, { ...CELL_CORE, left, right }));
    const whiteness = (level - BLACK_LUMA) / (WHITE_LUMA - BLACK_LUMA);
    if (!(whiteness <= DARK || whiteness >= BRIGHT)) return undefined;
    bits.push(whiteness >= BRIGHT);
  }
  const frame = numberOf(bits, SYNC_BITS, PICTURE.frameBits);
  const person = numberOf(bits, SYNC_BITS + PICTURE.frameBits, PICTURE.personBits);
  // The rest of the strip follows from the two.
  const isOurs = frame < PICTURE.loopFrames && barcodeBits(person, frame).every((bit, cell) => bit === bits[cell]);
  return isOurs ? { person, frame, colour: colourOf(picture) } : undefined;
}

function numberOf(bits: readonly boolean[], from: number, count: number): number {
  return bits.slice(from, from + count).reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0);
}

function colourOf(picture: I420Picture): Rgb {
  const area = scaled(picture, COLOUR_CORE);
  const half: Area = {
    left: area.left >> 1,
    top: area.top >> 1,
    right: area.right >> 1,
    bottom: area.bottom >> 1,
  };
  return toRgb({
    luma: meanLevel({ bytes: picture.y, stride: picture.yStride }, area),
    blueness: meanLevel({ bytes: picture.u, stride: picture.uStride }, half),
    redness: meanLevel({ bytes: picture.v, stride: picture.vStride }, half),
  });
}

/** From pixels of `PICTURE` to those of a picture of another size. */
function scaled({ width, height }: I420Picture, area: Area): Area {
  const [across, down] = [width / PICTURE.width, height / PICTURE.height];
  return {
    left: Math.floor(area.left * across),
    top: Math.floor(area.top * down),
    right: Math.floor(area.right * across),
    bottom: Math.floor(area.bottom * down),
  };
}

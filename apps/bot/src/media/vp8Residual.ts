import type { BoolEncoder } from "./BoolEncoder.ts";

/** One value for each plane of a macroblock. */
export interface Planes {
  readonly luma: number;
  readonly blueness: number;
  readonly redness: number;
}

/** Probabilities of a coefficient's branches, by context: how many of the blocks above and to the left are not zero. */
type ByContext = readonly [readonly number[], readonly number[], readonly number[]];

interface BlockProbabilities {
  /** Branches of the DC coefficient. */
  readonly dc: ByContext;
  /** That no coefficient follows the DC, if it was ±1 and if it was more. */
  readonly endAfterOne: number;
  readonly endAfterMore: number;
}

// The rows of the default probabilities (RFC 6386, 13.5) that DC coefficients need.
const Y2_BLOCK: BlockProbabilities = {
  dc: [
    [198, 35, 237, 223, 193, 187, 162, 160, 145, 155, 62],
    [131, 45, 198, 221, 172, 176, 220, 157, 252, 221, 1],
    [68, 47, 146, 208, 149, 167, 221, 162, 255, 223, 128],
  ],
  endAfterOne: 184,
  endAfterMore: 81,
};
const CHROMA_BLOCK: BlockProbabilities = {
  dc: [
    [253, 9, 248, 251, 207, 208, 255, 192, 128, 128, 128],
    [175, 13, 224, 243, 193, 185, 249, 198, 255, 255, 128],
    [73, 17, 171, 221, 161, 179, 236, 167, 255, 234, 128],
  ],
  endAfterOne: 239,
  endAfterMore: 155,
};
/** That a luma block holds nothing beside its DC, which the Y2 block brings. */
const LUMA_BLOCK_END = 253;
const LUMA_BLOCKS = 16;

/** Values from `base` on are spelled by that many bits, each with its own probability (13.2). */
interface Category {
  readonly base: number;
  readonly bits: readonly number[];
}
const CATEGORIES: readonly [Category, Category, Category, Category, Category, Category] = [
  { base: 5, bits: [159] },
  { base: 7, bits: [165, 145] },
  { base: 11, bits: [173, 148, 140] },
  { base: 19, bits: [176, 155, 140, 135] },
  { base: 35, bits: [180, 157, 141, 134, 130] },
  { base: 67, bits: [254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129] },
];
const EVEN = 128;

/**
 * Writes the residual of one macroblock (13): the DC coefficient of each plane and nothing else.
 *
 * @param above the same of the macroblock above, zeros if it had no residual; `left` likewise
 */
export function writeResidual(encoder: BoolEncoder, steps: Planes, above: Planes, left: Planes): void {
  writeBlock(encoder, Y2_BLOCK, steps.luma, isSet(above.luma) + isSet(left.luma));
  for (let block = 0; block < LUMA_BLOCKS; block++) encoder.writeBool(false, LUMA_BLOCK_END);
  for (const plane of ["blueness", "redness"] as const) {
    const [own, top, side] = [isSet(steps[plane]), isSet(above[plane]), isSet(left[plane])];
    for (const neighbours of [top + side, top + own, own + side, own + own]) {
      writeBlock(encoder, CHROMA_BLOCK, steps[plane], neighbours);
    }
  }
}

function isSet(steps: number): number {
  return steps === 0 ? 0 : 1;
}

function writeBlock(encoder: BoolEncoder, block: BlockProbabilities, steps: number, neighbours: number): void {
  const branches = block.dc[neighbours]!;
  encoder.writeBool(steps !== 0, branches[0]!);
  if (steps === 0) return;
  encoder.writeBool(true, branches[1]!);
  writeMagnitude(encoder, Math.abs(steps), branches);
  encoder.writeBool(steps < 0, EVEN);
  encoder.writeBool(false, Math.abs(steps) === 1 ? block.endAfterOne : block.endAfterMore);
}

/** The token tree from "one" on. */
function writeMagnitude(encoder: BoolEncoder, magnitude: number, branches: readonly number[]): void {
  encoder.writeBool(magnitude > 1, branches[2]!);
  if (magnitude === 1) return;
  encoder.writeBool(magnitude > 4, branches[3]!);
  if (magnitude > 4) return writeCategory(encoder, magnitude, branches);
  encoder.writeBool(magnitude > 2, branches[4]!);
  if (magnitude > 2) encoder.writeBool(magnitude > 3, branches[5]!);
}

function writeCategory(encoder: BoolEncoder, magnitude: number, branches: readonly number[]): void {
  const index = CATEGORIES.findLastIndex(({ base }) => magnitude >= base);
  encoder.writeBool(index > 1, branches[6]!);
  if (index > 1) encoder.writeBool(index > 3, branches[8]!);
  // The last branch tells the two of a pair apart.
  encoder.writeBool(index % 2 === 1, branches[index < 2 ? 7 : index < 4 ? 9 : 10]!);
  const { base, bits } = CATEGORIES[index]!;
  for (const [at, probability] of bits.entries()) {
    encoder.writeBool((((magnitude - base) >> (bits.length - 1 - at)) & 1) === 1, probability);
  }
}

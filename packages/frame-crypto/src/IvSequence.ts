import { writeIv } from "./frameFormat.ts";

/** Frames that one key may encrypt. Far below what AES-GCM allows; a new key is due long before. */
export const MAX_FRAMES_PER_KEY: number = 2 ** 24;

/** Workers of one call that can follow each other, each with IVs of its own. */
export const MAX_GENERATIONS = 16;
const GENERATION_SPAN: number = 2 ** 32 / MAX_GENERATIONS;

/**
 * Where the IVs of a key start in a worker that takes the place of one that crashed: the ranges of two generations have
 * nothing in common, so the key may be used again although nobody knows how far it was used.
 *
 * @param generation 0 to `MAX_GENERATIONS` - 1
 * @param random 32 bits
 */
export function ivStart(generation: number, random: number): number {
  return generation * GENERATION_SPAN + (random % (GENERATION_SPAN - MAX_FRAMES_PER_KEY));
}

/**
 * Makes the IVs of one key. No two are equal, whatever SSRCs and timestamps the browser comes up with: one counter serves
 * all tracks of the key and stands where LiveKit has the RTP timestamp, which no receiver compares with anything.
 *
 * @see docs/protocol/frame-format.md §4
 */
export class IvSequence {
  readonly #start: number;
  readonly #maxFrames: number;
  #used = 0;

  /** @param start random 32 bits, so that two processes that hold the same key do not start alike */
  constructor(start: number, maxFrames: number = MAX_FRAMES_PER_KEY) {
    this.#start = start;
    this.#maxFrames = maxFrames;
  }

  /** @returns `undefined` when the key is used up */
  next(ssrc: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#used >= this.#maxFrames) return undefined;
    const count = this.#used;
    this.#used += 1;
    return writeIv(ssrc, this.#start + count, count);
  }
}

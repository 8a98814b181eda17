/**
 * The picture that a fake camera sends: a person's colour, and a strip that names the person and the frame.
 *
 * ```
 *  ┌──────────────────────────────┐ 0
 *  │           colour             │
 *  ├─┬─┬───────────────┬─────┬────┤ 120     16 cells of 20 x 60 px, white = 1:
 *  │1│0│ frame, 8 bits │ id 3│sum3│         sync 10 | frame | person | (frame + person) mod 8
 *  └─┴─┴───────────────┴─────┴────┘ 180
 * ```
 *
 * Cells are wide enough to survive a quarter of the resolution and a low bit rate.
 */
export const PICTURE = {
  width: 320,
  height: 180,
  framesPerSecond: 15,
  /** The file is a loop of this many frames; frame numbers count modulo this. */
  loopFrames: 150,
  stripTop: 120,
  cells: 16,
  frameBits: 8,
  personBits: 3,
  sumBits: 3,
} as const;

/** The cells of a picture's strip, left to right. */
export function barcodeBits(personId: number, frame: number): boolean[] {
  const sum = (frame + personId) % 2 ** PICTURE.sumBits;
  return [
    true,
    false,
    ...bitsOf(frame, PICTURE.frameBits),
    ...bitsOf(personId, PICTURE.personBits),
    ...bitsOf(sum, PICTURE.sumBits),
  ];
}

function bitsOf(value: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => ((value >> (count - 1 - index)) & 1) === 1);
}

/** How many frames lie between two readings, taking the loop into account. */
export function framesBetween(earlier: number, later: number): number {
  return (later - earlier + PICTURE.loopFrames) % PICTURE.loopFrames;
}

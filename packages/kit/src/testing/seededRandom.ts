/** A repeatable source of randomness for tests. Print `seed` when a test that uses it fails. */
export interface SeededRandom {
  readonly seed: number;
  /** A number in [0, 1). */
  readonly next: () => number;
  readonly bytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
}

/** Makes a generator from a 32-bit seed (mulberry32: small and good enough for tests, never for keys). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    seed,
    next,
    bytes: (lengthBytes) => Uint8Array.from({ length: lengthBytes }, () => Math.floor(next() * 256)),
  };
}

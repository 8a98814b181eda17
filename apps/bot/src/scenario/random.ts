/**
 * Repeatable randomness: the same words give the same numbers on every machine and version of Node. Only whole
 * 32-bit arithmetic decides. Not for keys.
 */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole, in [0, limit); 0 if the limit is below 1. */
  below(limit: number): number;
  /** Whole, in [low, high]. */
  between(low: number, high: number): number;
  /** A new list in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

type Words = [number, number, number, number];

const WARM_UP_ROUNDS = 16;
const FNV_PRIME = 0x01000193;
/** First 128 bits of pi's fraction: four unlike starts. */
const STARTS: Readonly<Words> = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

/**
 * Makes the stream that `words` name. Streams of other words are independent, so that a change in one part of a
 * plan does not move the others.
 */
export function randomOf(...words: readonly (string | number)[]): Random {
  const state = hashWords(words);
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) step(state);
  const next = (): number => step(state) / 2 ** 32;
  const below = (limit: number): number => Math.floor(next() * Math.max(0, limit));
  return {
    next,
    below,
    between: (low, high) => low + below(high - low + 1),
    shuffled: (items) => {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last -= 1) swap(result, last, below(last + 1));
      return result;
    },
  };
}

/** Four FNV-1a hashes with unlike starts, over UTF-16 code units with a mark between words. */
function hashWords(words: readonly (string | number)[]): Words {
  const text = words.map((word) => `${word}\u0000`).join("");
  const state: Words = [...STARTS];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    for (let word = 0; word < state.length; word += 1) {
      state[word] = Math.imul((state[word] as number) ^ unit, FNV_PRIME);
    }
  }
  return state;
}

/** One round of sfc32 (three words that chase each other, and a counter); the next 32 bits. */
function step(state: Words): number {
  const [a, b, c, counter] = state;
  const output = (a + b + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + output) | 0;
  state[3] = (counter + 1) | 0;
  return output >>> 0;
}

function swap(items: unknown[], one: number, other: number): void {
  const kept = items[one];
  items[one] = items[other];
  items[other] = kept;
}

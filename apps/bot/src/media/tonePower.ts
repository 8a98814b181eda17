/** Sound, one channel. Integers are 16 bit, floats are from -1 to 1. */
export type Sound = Int16Array | Float32Array;

/** How strong one frequency is, and all of them together. */
export interface TonePower {
  /** Amplitude of the tone; 1 is full scale. */
  readonly level: number;
  /** The tone's share of the power of the whole, 0 to 1. */
  readonly purity: number;
}

const INT16_SCALE = 32_768;

/** What a sample of full scale is worth. */
export function scaleOf(samples: Sound): number {
  return samples instanceof Int16Array ? INT16_SCALE : 1;
}

/**
 * Measures one frequency (Goertzel's algorithm), best over whole periods of it.
 *
 * @param from,to samples that are looked at, `to` not included
 */
export function tonePower(samples: Sound, cyclesPerSample: number, from = 0, to: number = samples.length): TonePower {
  const turn = 2 * Math.cos(2 * Math.PI * cyclesPerSample);
  const scale = scaleOf(samples);
  let [last, beforeLast, power] = [0, 0, 0];
  for (let at = from; at < to; at++) {
    const sample = samples[at]! / scale;
    const next = sample + turn * last - beforeLast;
    beforeLast = last;
    last = next;
    power += sample * sample;
  }
  const count = to - from;
  const tone = Math.max(0, last * last + beforeLast * beforeLast - turn * last * beforeLast);
  const level = (2 * Math.sqrt(tone)) / Math.max(1, count);
  return { level, purity: power === 0 ? 0 : Math.min(1, (level * level * count) / 2 / power) };
}

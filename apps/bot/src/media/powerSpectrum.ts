import { BoundedCache } from "./BoundedCache.ts";
import { scaleOf, type Sound } from "./tonePower.ts";

/** One plan for each power of two that is a useful length. */
const MAX_PLANS = 8;
const plans = new BoundedCache<SpectrumPlan>(MAX_PLANS);

/**
 * Power of each frequency bin from 0 to half the length, through a Hann window, which keeps a tone in three bins.
 * The result is overwritten by the next call with as many samples.
 *
 * @param samples a power of two many
 */
export function powerSpectrum(samples: Sound): Float64Array {
  return plans.get(String(samples.length), () => new SpectrumPlan(samples.length)).measure(samples);
}

/** The fast Fourier transform (radix 2) of one length, with all that does not depend on the samples. */
class SpectrumPlan {
  readonly #count: number;
  readonly #window: Float64Array;
  readonly #cosines: Float64Array;
  readonly #mirrored: Uint32Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;
  readonly #power: Float64Array;

  constructor(count: number) {
    const bits = Math.log2(count);
    this.#count = count;
    // Three quarters of a turn: a sine is a cosine a quarter of a turn later.
    this.#cosines = Float64Array.from({ length: (count * 3) / 4 }, (_, at) => Math.cos((2 * Math.PI * at) / count));
    this.#window = Float64Array.from({ length: count }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / count));
    this.#mirrored = Uint32Array.from({ length: count }, (_, index) => mirrorBits(index, bits));
    this.#real = new Float64Array(count);
    this.#imaginary = new Float64Array(count);
    this.#power = new Float64Array(count / 2);
  }

  measure(samples: Sound): Float64Array {
    const scale = 1 / scaleOf(samples);
    for (let at = 0; at < this.#count; at++) {
      this.#real[this.#mirrored[at]!] = samples[at]! * scale * this.#window[at]!;
    }
    this.#imaginary.fill(0);
    for (let half = 1; half < this.#count; half *= 2) this.#join(half);
    for (let bin = 0; bin < this.#power.length; bin++) {
      this.#power[bin] = this.#real[bin]! ** 2 + this.#imaginary[bin]! ** 2;
    }
    return this.#power;
  }

  /** Makes transforms of `2 * half` samples out of pairs of `half`. */
  #join(half: number): void {
    const [real, imaginary, count] = [this.#real, this.#imaginary, this.#count];
    const step = count / (2 * half);
    for (let turn = 0; turn < half; turn++) {
      const cosine = this.#cosines[turn * step]!;
      const sine = this.#cosines[turn * step + count / 4]!;
      for (let low = turn; low < count; low += 2 * half) {
        const high = low + half;
        const turnedReal = real[high]! * cosine - imaginary[high]! * sine;
        const turnedImaginary = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - turnedReal;
        imaginary[high] = imaginary[low]! - turnedImaginary;
        real[low] = real[low]! + turnedReal;
        imaginary[low] = imaginary[low]! + turnedImaginary;
      }
    }
  }
}

function mirrorBits(index: number, bits: number): number {
  let mirrored = 0;
  for (let bit = 0; bit < bits; bit++) mirrored |= ((index >> bit) & 1) << (bits - 1 - bit);
  return mirrored;
}

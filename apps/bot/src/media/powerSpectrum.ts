/**
 * Power of each frequency bin from 0 to half the length (fast Fourier transform, radix 2, in place).
 *
 * @param samples a power of two many
 */
export function powerSpectrum(samples: Float64Array): Float64Array {
  const count = samples.length;
  const real = shuffled(samples);
  const imaginary = new Float64Array(count);
  for (let half = 1; half < count; half *= 2) {
    for (let turn = 0; turn < half; turn++) {
      const [cosine, sine] = [Math.cos((Math.PI * turn) / half), -Math.sin((Math.PI * turn) / half)];
      for (let low = turn; low < count; low += 2 * half) {
        const high = low + half;
        const turnedReal = real[high]! * cosine - imaginary[high]! * sine;
        const turnedImaginary = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - turnedReal;
        imaginary[high] = imaginary[low]! - turnedImaginary;
        real[low]! += turnedReal;
        imaginary[low]! += turnedImaginary;
      }
    }
  }
  return Float64Array.from({ length: count / 2 }, (_, bin) => real[bin]! ** 2 + imaginary[bin]! ** 2);
}

/** In the order of the indices' bits read backwards. */
function shuffled(samples: Float64Array): Float64Array {
  const bits = Math.log2(samples.length);
  return samples.map((_, index) => {
    let mirrored = 0;
    for (let bit = 0; bit < bits; bit++) mirrored |= ((index >> bit) & 1) << (bits - 1 - bit);
    return samples[mirrored]!;
  });
}

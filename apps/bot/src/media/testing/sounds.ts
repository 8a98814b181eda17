/** A sine from -1 to 1 that goes through 0 at the first sample. */
export function sine(toneHz: number, samples: number, { level = 0.4, sampleRate = 48_000 } = {}): Float32Array {
  return Float32Array.from({ length: samples }, (_, at) => Math.sin((2 * Math.PI * toneHz * at) / sampleRate) * level);
}

/** The same as 16 bit. */
export function toInt16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (sample) => Math.round(sample * 32_767));
}

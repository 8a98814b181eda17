import { powerSpectrum } from "./powerSpectrum.ts";
import { type Sound, tonePower } from "./tonePower.ts";

/** What is heard. */
export interface HeardTone {
  readonly toneHz: number;
  /** Amplitude; 1 is full scale. */
  readonly level: number;
}

/** 85 ms at 48 kHz: neighbouring bins are 12 Hz apart, and what is between them is interpolated. */
const MOST_SAMPLES = 4096;
const FEWEST_SAMPLES = 512;
/** -60 dB. */
const FAINTEST_LEVEL = 0.001;
/** Of all power; noise and speech have no frequency that is so strong. */
const LEAST_PURITY = 0.5;

/**
 * The tone that a piece of sound consists of, from about 100 ms within 1 Hz if the piece is clean; `undefined` if it
 * is silence or anything but one tone. Looks at the last 4096 samples.
 */
export function readTone(samples: Sound, sampleRate: number): HeardTone | undefined {
  const count = Math.min(MOST_SAMPLES, 2 ** Math.floor(Math.log2(Math.max(1, samples.length))));
  if (count < FEWEST_SAMPLES) return undefined;
  const piece = samples.subarray(samples.length - count);
  const spectrum = powerSpectrum(piece);
  let peak = 1;
  for (let bin = 2; bin < spectrum.length; bin++) if (spectrum[bin]! > spectrum[peak]!) peak = bin;
  const bin = peak + interpolate(spectrum, peak);
  const { level, purity } = tonePower(piece, bin / count);
  if (level < FAINTEST_LEVEL || purity < LEAST_PURITY) return undefined;
  return { toneHz: (bin * sampleRate) / count, level };
}

/** How far the top of the parabola through three bins, in decibels, is from the middle one. */
function interpolate(spectrum: Float64Array, peak: number): number {
  const [left, top, right] = [-1, 0, 1].map((offset) => Math.log(Math.max(spectrum[peak + offset] ?? 0, 1e-30)));
  const bend = left! - 2 * top! + right!;
  return bend === 0 ? 0 : Math.min(0.5, Math.max(-0.5, (left! - right!) / (2 * bend)));
}

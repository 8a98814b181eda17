import { type Sound, tonePower } from "./tonePower.ts";

export interface ToneWatchConfig {
  /** What should be heard. */
  readonly toneHz: number;
  readonly sampleRate: number;
}

/** A stretch without the tone. */
export interface ToneGap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Shorter silences are a lost packet that was concealed, not a gap. */
export const SHORTEST_GAP_MS = 60;
/** Half of a period of the lowest tone fits in often enough, and a gap's ends are found to this. */
const BLOCK_MS = 10;
/** -40 dB: a codec's concealment has faded below. */
const FAINTEST_LEVEL = 0.01;
const LEAST_PURITY = 0.5;
/** Later gaps are counted, but not listed. */
const MAX_GAPS = 256;

/**
 * Listens for one tone and notes when it was not there for more than 60 ms. Starts with the first tone that is heard.
 * About 5 us for each 10 ms of sound.
 */
export class ToneWatch {
  readonly #toneHz: number;
  readonly #sampleRate: number;
  readonly #gaps: ToneGap[] = [];
  #gapCount = 0;
  #longestGapMs = 0;
  #lastHeardAtMs: number | undefined;

  constructor({ toneHz, sampleRate }: ToneWatchConfig) {
    this.#toneHz = toneHz;
    this.#sampleRate = sampleRate;
  }

  /** The gaps so far, at most 256. */
  get gaps(): readonly ToneGap[] {
    return this.#gaps;
  }

  get gapCount(): number {
    return this.#gapCount;
  }

  /** 0 if there was none of more than 60 ms. */
  get longestGapMs(): number {
    return this.#longestGapMs;
  }

  /** End of the last piece with the tone; `undefined` before the first. */
  get lastHeardAtMs(): number | undefined {
    return this.#lastHeardAtMs;
  }

  /**
   * @param samples any length; best whole multiples of 10 ms
   * @param atMs instant of the first sample, in the sound's own time: the jitter of a network would look like gaps
   */
  hear(samples: Sound, atMs: number): void {
    const block = Math.round((this.#sampleRate * BLOCK_MS) / 1_000);
    for (let from = 0; from < samples.length;) {
      // What is left over is too short to be measured alone.
      const to = samples.length - from < 2 * block ? samples.length : from + block;
      const { level, purity } = tonePower(samples, this.#toneHz / this.#sampleRate, from, to);
      if (level >= FAINTEST_LEVEL && purity >= LEAST_PURITY) {
        this.#settle(atMs + (from * 1_000) / this.#sampleRate);
        this.#lastHeardAtMs = atMs + (to * 1_000) / this.#sampleRate;
      }
      from = to;
    }
  }

  /** Says that the sender stopped, or the listening: a tone that is missing now is a gap up to `atMs`. */
  end(atMs: number): void {
    this.#settle(atMs);
    this.#lastHeardAtMs = undefined;
  }

  #settle(atMs: number): void {
    if (this.#lastHeardAtMs === undefined) return;
    const silentMs = atMs - this.#lastHeardAtMs;
    if (silentMs <= SHORTEST_GAP_MS) return;
    this.#gapCount++;
    this.#longestGapMs = Math.max(this.#longestGapMs, silentMs);
    if (this.#gaps.length < MAX_GAPS) this.#gaps.push({ fromMs: this.#lastHeardAtMs, toMs: atMs });
  }
}

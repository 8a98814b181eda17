import { readTone, ToneWatch } from "../media/index.ts";
import { tonePower } from "../media/tonePower.ts";
import type { FrameCounts } from "../model.ts";

/** Readings of a clean tone differ by less than one. */
const TONE_TOLERANCE_HZ = 10;
/** Sound is counted in packets as most senders make them. */
const PACKET_MS = 20;
const PIECE_MS = 10;
/** Well beyond what a decoder goes on with by itself. */
const CONCEALMENT_MS = 500;
const LEAST_PURITY = 0.5;
/** Louder than -40 dB is not silence. */
const FAINTEST_LEVEL = 0.01;
const FULL_SCALE = 32_768;
/** A longer silence of a sender that said nothing of it is a pause, unless decryption failed meanwhile. */
const PAUSE_MS = 1_000;

export interface Heard {
  readonly sampleRate: number;
  /** The library said since the last window that it could not decrypt. */
  readonly wasKeyless: boolean;
}

/**
 * Judges decoded sound of one sender, window by window. Counts are in packets of 20 ms. A decoder conceals what is
 * missing, so gaps of the tone are all that can be known of it.
 */
export class ToneTally {
  readonly #counts = { good: 0, spoiled: 0, foreign: 0, missing: 0, missingKey: 0, plaintext: 0 };
  #watch: ToneWatch | undefined;
  #ownMs = 0;
  #gapsSeen = 0;
  #longestGapMs = 0;
  #strangeMs = 0;
  #keylessInGap = false;
  #toneHz: number | undefined;

  /** A new track, or the sender has muted: a silence from here on is meant. */
  beginTrack(): void {
    this.#watch = undefined;
    this.#gapsSeen = 0;
    this.#strangeMs = 0;
    this.#keylessInGap = false;
  }

  /** @param toneHz what should be heard; `undefined` if the sender is nobody known: then each clean tone is good */
  hear(samples: Int16Array, toneHz: number | undefined, { sampleRate, wasKeyless }: Heard): boolean {
    const lengthMs = (samples.length * 1_000) / sampleRate;
    const packets = Math.round(lengthMs / PACKET_MS);
    const heard = readTone(samples, sampleRate)?.toneHz;
    this.#keylessInGap ||= wasKeyless;
    this.#listen(samples, toneHz ?? heard, { sampleRate, lengthMs });
    if (heard === undefined) return this.#unclear(samples, toneHz, sampleRate);
    this.#strangeMs = 0;
    this.#toneHz = heard;
    const isRight = Math.abs(heard - (toneHz ?? heard)) <= TONE_TOLERANCE_HZ;
    this.#counts[isRight ? "good" : "foreign"] += packets;
    return isRight;
  }

  /** Sound that came without encryption in a room that has it. */
  hearPlain(samples: Int16Array, sampleRate: number): void {
    this.#counts.plaintext += isLoud(samples) ? Math.round((samples.length * 1_000) / sampleRate / PACKET_MS) : 0;
  }

  get counts(): Partial<FrameCounts> {
    return this.#counts;
  }

  get longestGapMs(): number {
    return Math.round(this.#longestGapMs);
  }

  get toneHz(): number | undefined {
    return this.#toneHz;
  }

  /**
   * A window that is no single tone: piece by piece. A decoder fills what is missing with sound of its own making, which
   * is no tone either; so strange sound counts only once it has lasted longer than that.
   */
  #unclear(samples: Int16Array, toneHz: number | undefined, sampleRate: number): boolean {
    const { toned, other } = countPieces(samples, toneHz, sampleRate);
    const isStrange = other > toned && other * PIECE_MS * 2 > (samples.length * 1_000) / sampleRate;
    this.#strangeMs = isStrange ? this.#strangeMs + other * PIECE_MS : 0;
    if (this.#strangeMs > CONCEALMENT_MS) this.#counts.spoiled += Math.round((other * PIECE_MS) / PACKET_MS);
    const good = isStrange ? 0 : Math.round((toned * PIECE_MS) / PACKET_MS);
    this.#counts.good += good;
    return good > 0;
  }

  #listen(
    samples: Int16Array,
    toneHz: number | undefined,
    about: { readonly sampleRate: number; readonly lengthMs: number },
  ): void {
    if (toneHz !== undefined) this.#watch ??= new ToneWatch({ toneHz, sampleRate: about.sampleRate });
    this.#watch?.hear(samples, this.#ownMs);
    this.#ownMs += about.lengthMs;
    for (const { fromMs, toMs } of this.#watch?.gaps.slice(this.#gapsSeen) ?? []) this.#noteGap(toMs - fromMs);
    this.#gapsSeen = this.#watch?.gaps.length ?? 0;
  }

  #noteGap(gapMs: number): void {
    const isKeyless = this.#keylessInGap;
    this.#keylessInGap = false;
    if (!isKeyless && gapMs > PAUSE_MS) return;
    this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
    this.#counts[isKeyless ? "missingKey" : "missing"] += Math.round(gapMs / PACKET_MS);
  }
}

function isLoud(samples: Int16Array): boolean {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length)) / FULL_SCALE > FAINTEST_LEVEL;
}

/** How many pieces are loud with the tone in them, and loud without. */
function countPieces(
  samples: Int16Array,
  toneHz: number | undefined,
  sampleRate: number,
): { readonly toned: number; readonly other: number } {
  const piece = Math.round((sampleRate * PIECE_MS) / 1_000);
  let [toned, other] = [0, 0];
  for (let from = 0; from + piece <= samples.length; from += piece) {
    if (!isLoud(samples.subarray(from, from + piece))) continue;
    const { purity } = tonePower(samples, (toneHz ?? 0) / sampleRate, from, from + piece);
    if (toneHz !== undefined && purity >= LEAST_PURITY) toned += 1;
    else other += 1;
  }
  return { toned, other };
}

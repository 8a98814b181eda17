import { framesBetween, PICTURE } from "../media/barcode.ts";
import { type I420Picture, type MediaPerson, psnrAgainst, readPicture, type Rgb } from "../media/index.ts";
import type { FrameCounts } from "../model.ts";

/** Per channel; an encoder at 300 kb/s stays far below. */
const COLOUR_TOLERANCE = 45;
/** PSNR costs as much as all the rest, so only each so many-th picture is measured. */
const PSNR_EVERY = 10;
/** A longer pause of a sender that said nothing of it is not a gap. */
const PAUSE_MS = 1_000;

export type Seen = "good" | "spoiled" | "foreign" | "plaintext";

/** Judges decoded pictures of one sender. */
export class PictureTally {
  readonly #counts = { good: 0, spoiled: 0, foreign: 0, missing: 0, missingKey: 0, plaintext: 0 };
  #lastFrame: number | undefined;
  #lastGoodAtMs: number | undefined;
  #longestGapMs = 0;
  #psnrSum = 0;
  #psnrCount = 0;

  /** A new track: its frames are counted from its first. */
  beginTrack(): void {
    this.#lastFrame = undefined;
    this.#lastGoodAtMs = undefined;
  }

  /**
   * @param person whom the signalling names; `undefined` if it is nobody known, so that nothing can be compared
   * @param wasKeyless the library said since the last picture that it could not decrypt
   */
  see(picture: I420Picture, person: MediaPerson | undefined, at: { nowMs: number; wasKeyless: boolean }): Seen {
    const seen = readPicture(picture);
    if (!seen) return this.#count("spoiled");
    if (person && seen.person !== person.personId) return this.#count("foreign");
    if (person && !isNear(seen.colour, person.colour)) return this.#count("spoiled");
    if (person && this.#counts.good % PSNR_EVERY === 0) {
      this.#psnrSum += psnrAgainst({ ...person, frame: seen.frame }, picture);
      this.#psnrCount += 1;
    }
    this.#noteNumber(seen.frame, at);
    return this.#count("good");
  }

  /** A picture that came without encryption in a room that has it. */
  seePlain(): Seen {
    return this.#count("plaintext");
  }

  get counts(): Partial<FrameCounts> {
    return this.#counts;
  }

  get longestGapMs(): number {
    return Math.round(this.#longestGapMs);
  }

  get psnrDb(): number | undefined {
    return this.#psnrCount === 0 ? undefined : this.#psnrSum / this.#psnrCount;
  }

  #count(seen: Seen): Seen {
    this.#counts[seen] += 1;
    return seen;
  }

  #noteNumber(frame: number, { nowMs, wasKeyless }: { nowMs: number; wasKeyless: boolean }): void {
    const step = this.#lastFrame === undefined ? 1 : framesBetween(this.#lastFrame, frame);
    const gapMs = nowMs - (this.#lastGoodAtMs ?? nowMs);
    this.#lastFrame = frame;
    this.#lastGoodAtMs = nowMs;
    // Half the loop and more is a step back.
    const missing = step > 0 && step < PICTURE.loopFrames / 2 ? step - 1 : 0;
    if (wasKeyless) this.#counts.missingKey += missing;
    else this.#counts.missing += missing;
    const hasPaused = missing === 0 && !wasKeyless && gapMs > PAUSE_MS;
    if (!hasPaused) this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
  }
}

function isNear(seen: Rgb, sent: Rgb): boolean {
  return seen.every((value, channel) => Math.abs(value - sent[channel]!) <= COLOUR_TOLERANCE);
}

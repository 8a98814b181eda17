import type { DecryptOutcome, MediaKind } from "@conclave/frame-crypto";

import type { CheckedStamp } from "../media/index.ts";
import type { FrameCounts, KeyState, StreamReport } from "../model.ts";
import { DelayHistogram } from "./DelayHistogram.ts";
import { NumberRange } from "./NumberRange.ts";

/** Frames without a key no longer than this after the last good one belong to a change of keys. @see quality.md I4 */
const SWITCH_MS = 250;
/** Talkers pause; a longer silence is not a gap of the network. Measured from the sender's own stamps. */
const PAUSE_MS = 150;

/** What one bot saw of one track of somebody else. */
export class StreamTally {
  readonly #kind: MediaKind;
  readonly #counts = {
    good: 0,
    spoiled: 0,
    foreign: 0,
    missingKey: 0,
    authFailed: 0,
    malformed: 0,
    replayed: 0,
    plaintext: 0,
  };
  readonly #numbers = new NumberRange();
  readonly #delays = new DelayHistogram();
  #sender: number | undefined;
  #first: { packet?: number; decrypted?: number } = {};
  #lastPacketAtMs: number | undefined;
  #lastDecryptedAtMs: number | undefined;
  /** Of this stay. */
  #last: { decrypted?: number; sentAt?: number } = {};
  #hasDecrypted = false;
  #undecryptableAfterKey = 0;
  #oldestSentAtMs = Infinity;
  #longestGapMs = 0;
  #newestOutcome: DecryptOutcome | undefined;

  constructor(kind: MediaKind) {
    this.#kind = kind;
  }

  /** The receiver joins anew: what was not sent to it meanwhile is not missing. */
  beginStay(): void {
    this.#numbers.restart();
    this.#hasDecrypted = false;
    this.#last = {};
  }

  /** @param expected the sender that the signalling names, where known */
  noteReadable(checked: CheckedStamp | undefined, expected: number | undefined, nowMs: number): void {
    this.#notePacket(nowMs, "decrypted");
    if (!checked?.isIntact) return void (this.#counts.spoiled += 1);
    if (checked.sender !== (expected ?? checked.sender)) return void (this.#counts.foreign += 1);
    this.#sender = checked.sender;
    this.#numbers.note(checked.number);
    this.#delays.add(nowMs - checked.sentAtMs);
    this.#noteGap(checked.sentAtMs, nowMs);
    this.#oldestSentAtMs = Math.min(this.#oldestSentAtMs, checked.sentAtMs);
    this.#noteGood(nowMs);
    this.#last = { decrypted: nowMs, sentAt: checked.sentAtMs };
  }

  /** A frame of a sender that stamps none was decrypted under its key: that it is authentic is all that can be said. */
  noteAuthentic(nowMs: number): void {
    this.#notePacket(nowMs, "decrypted");
    this.#noteGood(nowMs);
    this.#last = { decrypted: nowMs };
  }

  /** @param plain what its stamp says, if it could be read without a key */
  noteUnreadable(outcome: DecryptOutcome, plain: CheckedStamp | undefined, nowMs: number): void {
    this.#notePacket(nowMs, outcome);
    if (outcome === "empty") return;
    if (outcome === "replayed") return void (this.#counts.replayed += 1);
    this.#numbers.noteUnreadable();
    if (plain?.isIntact) {
      this.#sender ??= plain.sender;
      this.#counts.plaintext += 1;
      return;
    }
    this.#countFailure(outcome);
    const mayBeSwitching = outcome === "missing_key" && nowMs - (this.#last.decrypted ?? nowMs) <= SWITCH_MS;
    if (this.#hasDecrypted && !mayBeSwitching) this.#undecryptableAfterKey += 1;
  }

  report(from: number | undefined): StreamReport | undefined {
    const sender = from ?? this.#sender;
    if (sender === undefined) return undefined;
    const delayMs = this.#delays.summary();
    return {
      from: sender,
      kind: this.#kind,
      ...at("firstPacketAtMs", this.#first.packet),
      ...at("firstDecryptedAtMs", this.#first.decrypted),
      ...at("lastPacketAtMs", this.#lastPacketAtMs),
      ...at("lastDecryptedAtMs", this.#lastDecryptedAtMs),
      ...(Number.isFinite(this.#oldestSentAtMs) ? { oldestSentAtMs: this.#oldestSentAtMs } : {}),
      ...(this.#counts.good > 0 ? { undecryptableAfterKey: this.#undecryptableAfterKey } : {}),
      counts: this.#frameCounts(),
      keyState: this.#keyState(),
      ...(delayMs === undefined ? {} : { delayMs }),
      longestGapMs: this.#longestGapMs,
    };
  }

  #noteGood(nowMs: number): void {
    this.#counts.good += 1;
    this.#first.decrypted ??= nowMs;
    this.#lastDecryptedAtMs = nowMs;
    this.#hasDecrypted = true;
  }

  #notePacket(nowMs: number, outcome: DecryptOutcome): void {
    this.#first.packet ??= nowMs;
    this.#lastPacketAtMs = nowMs;
    this.#newestOutcome = outcome;
  }

  #countFailure(outcome: DecryptOutcome): void {
    if (outcome === "missing_key") this.#counts.missingKey += 1;
    else if (outcome === "auth_failed") this.#counts.authFailed += 1;
    else this.#counts.malformed += 1;
  }

  /** Time between two good frames beyond what the sender itself let pass. */
  #noteGap(sentAtMs: number, nowMs: number): void {
    const { decrypted, sentAt } = this.#last;
    if (decrypted === undefined || sentAt === undefined || sentAtMs - sentAt < 0) return;
    const hasPaused = sentAtMs - sentAt > PAUSE_MS && this.#numbers.missing === 0;
    if (!hasPaused) this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - decrypted);
  }

  #frameCounts(): FrameCounts {
    return { ...this.#counts, missing: this.#numbers.missing };
  }

  #keyState(): KeyState {
    if (this.#newestOutcome === "decrypted") return "opens";
    if (this.#newestOutcome === "auth_failed") return "wrong";
    return this.#counts.good > 0 ? "held" : "none";
  }
}

function at<K extends string>(key: K, instantMs: number | undefined): { readonly [P in K]?: number } {
  return (instantMs === undefined ? {} : { [key]: instantMs }) as { readonly [P in K]?: number };
}

import { FrameAlarms } from "./FrameAlarms.ts";
import type {
  DecryptCounts,
  DecryptOutcome,
  EncryptCounts,
  EncryptOutcome,
  FrameAlarm,
  TransformReport,
} from "./outcome.ts";

/** After this long without a good frame a transform is no longer `ok`, and without any frame `idle`. */
export const STATE_MEMORY_MS = 2_000;

export type TransformState = TransformReport["state"];
const NEVER = Number.NEGATIVE_INFINITY;

type Outcome = EncryptOutcome | DecryptOutcome;

/** Counts what became of one transform's frames, and says what state that amounts to. */
export class TransformStats {
  readonly #counts: Record<string, number>;
  readonly #alarms = new FrameAlarms();
  // Numbers from the start and always: this changes with every frame, and numbers are kept without allocation.
  #goodAtMs = NEVER;
  #failedAtMs = NEVER;
  #failedAs: "no_key" | "auth_failed" = "no_key";
  #isPlain = false;

  constructor(direction: "send" | "receive") {
    this.#counts = direction === "send" ? { ...NO_ENCRYPT_COUNTS } : { ...NO_DECRYPT_COUNTS };
  }

  count(outcome: Outcome, nowMs: number): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    this.#alarms.note(outcome, nowMs);
    switch (outcome) {
      case "encrypted":
      case "decrypted":
        this.#goodAtMs = nowMs;
        break;
      case "dropped_no_key":
      case "missing_key":
        this.#fail("no_key", nowMs);
        break;
      case "auth_failed":
      case "replayed":
      case "malformed":
        this.#fail("auth_failed", nowMs);
        break;
      case "passthrough":
        this.#isPlain = true;
        break;
      case "empty":
      case "dropped_unsupported":
      case "dropped_fault":
        break;
    }
  }

  /** A copy of the counts. */
  counts(): EncryptCounts | DecryptCounts {
    return { ...this.#counts } as unknown as EncryptCounts | DecryptCounts;
  }

  /** Frames that are held back are not counted yet, but noticed. */
  get holding(): Pick<FrameAlarms, "hold" | "release" | "isHolding"> {
    return this.#alarms;
  }

  /** What somebody does to the track at present. */
  alarm(nowMs: number): FrameAlarm | undefined {
    return this.#alarms.current(nowMs);
  }

  /** A single bad frame among good ones changes nothing: `ok` lasts as long as good frames keep coming. */
  state(nowMs: number): TransformState {
    if (this.#isPlain) return "plain";
    if (nowMs - this.#goodAtMs < STATE_MEMORY_MS) return "ok";
    if (nowMs - this.#failedAtMs < STATE_MEMORY_MS) return this.#failedAs;
    return this.#goodAtMs === NEVER && this.#failedAtMs === NEVER ? "waiting" : "idle";
  }

  #fail(as: "no_key" | "auth_failed", nowMs: number): void {
    this.#failedAtMs = nowMs;
    this.#failedAs = as;
  }
}

/** Counts of a sender before its first frame. */
export const NO_ENCRYPT_COUNTS: EncryptCounts = {
  encrypted: 0,
  empty: 0,
  dropped_no_key: 0,
  dropped_unsupported: 0,
  dropped_fault: 0,
};

/** Counts of a receiver before its first frame. */
export const NO_DECRYPT_COUNTS: DecryptCounts = {
  decrypted: 0,
  empty: 0,
  missing_key: 0,
  auth_failed: 0,
  replayed: 0,
  malformed: 0,
  passthrough: 0,
};

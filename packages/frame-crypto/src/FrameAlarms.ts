import type { DecryptOutcome, EncryptOutcome, FrameAlarm } from "./outcome.ts";

/** So many refused frames within `ALARM_WINDOW_MS` are no accident: what is lost or late is not refused but missing. */
export const ALARM_FRAMES = 5;
export const ALARM_WINDOW_MS = 1_000;
/** An alarm lasts until this long after the last frame that gave reason to it. */
export const ALARM_MEMORY_MS = 2_000;

/** Video that has been held back for so long, after authentic frames, names a key that is not on its way. */
export const HELD_ALARM_MS = 500;

const ALARM_OF: Partial<Record<DecryptOutcome | EncryptOutcome, FrameAlarm>> = {
  malformed: "unencrypted",
  auth_failed: "altered",
  replayed: "repeated",
  missing_key: "unknown_key",
};

interface Burst {
  readonly alarm: FrameAlarm;
  startedAtMs: number;
  frames: number;
  /** Of the last frame that was one too many. */
  raisedAtMs: number;
}

/**
 * Tells when somebody between the sender and us meddles with a track: frames that no honest path brings come in numbers.
 * A key that is on its way is honest at first; after authentic frames have come, their sender would not use one we lack.
 */
export class FrameAlarms {
  readonly #bursts = new Map<FrameAlarm, Burst>();
  #hasHeard = false;
  #heldAtMs: number | undefined;

  /** Notes what became of a frame. Costs nothing for those that are good. */
  note(outcome: DecryptOutcome | EncryptOutcome, nowMs: number): void {
    if (outcome === "decrypted") {
      this.#hasHeard = true;
      return;
    }
    const alarm = ALARM_OF[outcome];
    if (alarm === undefined || (alarm === "unknown_key" && !this.#hasHeard)) return;
    const burst = this.#burstOf(alarm, nowMs);
    if (nowMs - burst.startedAtMs > ALARM_WINDOW_MS) Object.assign(burst, { startedAtMs: nowMs, frames: 0 });
    burst.frames += 1;
    if (burst.frames >= ALARM_FRAMES) burst.raisedAtMs = nowMs;
  }

  /** A frame is held back until its key comes. */
  hold(nowMs: number): void {
    this.#heldAtMs ??= nowMs;
  }

  /** It goes on, with its key or without. */
  release(): void {
    this.#heldAtMs = undefined;
  }

  get isHolding(): boolean {
    return this.#heldAtMs !== undefined;
  }

  /** What is going on now; the latest reason if there are several. */
  current(nowMs: number): FrameAlarm | undefined {
    if (this.#heldAtMs !== undefined && this.#hasHeard && nowMs - this.#heldAtMs >= HELD_ALARM_MS) return "unknown_key";
    if (this.#bursts.size === 0) return undefined;
    let latest: Burst | undefined;
    for (const burst of this.#bursts.values()) {
      const isRaised = nowMs - burst.raisedAtMs < ALARM_MEMORY_MS;
      if (isRaised && burst.raisedAtMs >= (latest?.raisedAtMs ?? burst.raisedAtMs)) latest = burst;
    }
    return latest?.alarm;
  }

  #burstOf(alarm: FrameAlarm, nowMs: number): Burst {
    const known = this.#bursts.get(alarm);
    if (known !== undefined) return known;
    const burst = { alarm, startedAtMs: nowMs, frames: 0, raisedAtMs: Number.NEGATIVE_INFINITY };
    this.#bursts.set(alarm, burst);
    return burst;
  }
}

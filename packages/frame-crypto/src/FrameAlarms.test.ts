import { beforeEach, describe, expect, test } from "vitest";

import { ALARM_FRAMES, ALARM_MEMORY_MS, ALARM_WINDOW_MS, FrameAlarms, HELD_ALARM_MS } from "./FrameAlarms.ts";
import type { DecryptOutcome } from "./outcome.ts";

let alarms: FrameAlarms;
beforeEach(() => {
  alarms = new FrameAlarms();
});

/** Frames of one kind, evenly spread over a second from `fromMs` on. */
function perSecond(outcome: DecryptOutcome, frames: number, fromMs = 0): void {
  for (let count = 0; count < frames; count += 1) alarms.note(outcome, fromMs + (count * 1_000) / frames);
}

describe("an alarm", () => {
  test.each([
    ["malformed", "unencrypted"],
    ["auth_failed", "altered"],
    ["replayed", "repeated"],
  ] as const)("is raised within a second of frames that are %s: %s", (outcome, alarm) => {
    perSecond(outcome, ALARM_FRAMES);

    expect(alarms.current(1_000)).toBe(alarm);
  });

  test("is raised whatever good frames come between", () => {
    for (let count = 0; count < 50; count += 1) alarms.note(count % 10 === 0 ? "replayed" : "decrypted", count * 20);

    expect(alarms.current(1_000)).toBe("repeated");
  });

  test("is not raised by a few bad frames, however long they go on", () => {
    for (let second = 0; second < 60; second += 1)
      perSecond("auth_failed", ALARM_FRAMES - 1, second * ALARM_WINDOW_MS * 1.1);

    expect(alarms.current(66_000)).toBeUndefined();
  });

  test("is not raised by a key that is on its way, but by one that goes missing after good frames", () => {
    perSecond("missing_key", 50);
    expect(alarms.current(1_000)).toBeUndefined();

    alarms.note("decrypted", 1_000);
    perSecond("missing_key", 50, 1_001);

    expect(alarms.current(2_000)).toBe("unknown_key");
  });

  test("is raised by video that is held back for half a second, if there were good frames before", () => {
    alarms.hold(0);
    expect(alarms.current(HELD_ALARM_MS)).toBeUndefined();
    alarms.note("decrypted", 0);

    expect(alarms.current(HELD_ALARM_MS - 1)).toBeUndefined();
    expect(alarms.current(HELD_ALARM_MS)).toBe("unknown_key");

    alarms.release();
    expect(alarms.current(HELD_ALARM_MS)).toBeUndefined();
  });

  test("names the latest reason, and ends when there is none any more", () => {
    perSecond("malformed", 10);
    perSecond("replayed", 10, 1_500);
    expect(alarms.current(2_400)).toBe("repeated");

    expect(alarms.current(2_400 + ALARM_MEMORY_MS)).toBeUndefined();
  });

  test("is never raised by empty, good or plain frames", () => {
    for (const outcome of ["decrypted", "empty", "passthrough"] as const) perSecond(outcome, 100);

    expect(alarms.current(1_000)).toBeUndefined();
  });
});

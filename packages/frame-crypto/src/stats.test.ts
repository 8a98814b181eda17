import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { STATE_MEMORY_MS, TransformStats } from "./stats.ts";

describe("state of a transform", () => {
  test("is waiting before the first frame", () => {
    expect(new TransformStats("receive").state(5_000)).toBe("waiting");
  });

  test.each([
    ["missing_key", "no_key"],
    ["auth_failed", "auth_failed"],
    ["replayed", "auth_failed"],
    ["malformed", "auth_failed"],
    ["decrypted", "ok"],
    ["passthrough", "plain"],
    ["empty", "waiting"],
  ] as const)("is, after a frame that was %s, %s", (outcome, state) => {
    const stats = new TransformStats("receive");

    stats.count(outcome, 0);

    expect(stats.state(10)).toBe(state);
  });

  test("stays ok while good frames come, whatever an SFU mixes in", () => {
    const stats = new TransformStats("receive");
    stats.count("decrypted", 0);
    stats.count("auth_failed", 10);
    stats.count("missing_key", 20);

    expect(stats.state(STATE_MEMORY_MS - 1)).toBe("ok");
  });

  test("is the failure when good frames have stopped coming", () => {
    const stats = new TransformStats("receive");
    stats.count("decrypted", 0);
    stats.count("missing_key", STATE_MEMORY_MS);

    expect(stats.state(STATE_MEMORY_MS + 1)).toBe("no_key");
  });

  test("is idle when nothing has come for two seconds, and never ok on empty frames alone", () => {
    const stats = new TransformStats("receive");
    stats.count("decrypted", 0);
    stats.count("empty", STATE_MEMORY_MS);

    expect(stats.state(STATE_MEMORY_MS)).toBe("idle");
  });

  test("of a sender follows its keys", () => {
    const stats = new TransformStats("send");
    stats.count("dropped_no_key", 0);
    expect(stats.state(1)).toBe("no_key");

    stats.count("encrypted", 2);
    expect(stats.state(3)).toBe("ok");
  });
});

test("a transform is ok exactly while an authentic frame is younger than two seconds, whatever else comes", () => {
  const outcome = fc.constantFrom("decrypted", "missing_key", "auth_failed", "replayed", "malformed", "empty");
  const frames = fc.array(fc.record({ outcome, afterMs: fc.nat({ max: 1_500 }) }), { maxLength: 40 });
  fc.assert(
    fc.property(frames, fc.nat({ max: 5_000 }), (arriving, laterMs) => {
      const stats = new TransformStats("receive");
      let nowMs = 0;
      let authenticAtMs = Number.NEGATIVE_INFINITY;
      for (const { outcome, afterMs } of arriving) {
        nowMs += afterMs;
        stats.count(outcome, nowMs);
        if (outcome === "decrypted") authenticAtMs = nowMs;
      }

      expect(stats.state(nowMs + laterMs) === "ok").toBe(nowMs + laterMs - authenticAtMs < STATE_MEMORY_MS);
    }),
  );
});

test("counts are copies, one number for each outcome", () => {
  const stats = new TransformStats("send");
  const before = stats.counts();

  stats.count("encrypted", 0);

  expect(before).toEqual({ encrypted: 0, empty: 0, dropped_no_key: 0, dropped_unsupported: 0, dropped_fault: 0 });
  expect(stats.counts()).toMatchObject({ encrypted: 1 });
});

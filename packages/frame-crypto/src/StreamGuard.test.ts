import { describe, expect, test } from "vitest";

import { UNKNOWN_SSRC } from "./frameFormat.ts";
import { MAX_STREAMS_PER_KEY, PIN_SILENCE_MS, StreamGuard } from "./StreamGuard.ts";

const CAMERA = { trackId: "camera", kind: "video" } as const;
const SCREEN = { trackId: "screen", kind: "video" } as const;
const MICROPHONE = { trackId: "microphone", kind: "audio" } as const;

const place = (ssrc: number, timestamp: number) => ({ ssrc, timestamp, counter: 0 });

describe("stream guard", () => {
  test("refuses a frame of the camera on the screen share", () => {
    const guard = new StreamGuard();
    guard.enter(place(1, 10), CAMERA, 0);

    expect(guard.allows(place(1, 11), SCREEN, 100)).toBe(false);
    expect(guard.allows(place(1, 11), CAMERA, 100)).toBe(true);
  });

  test("refuses a frame of another kind for ever", () => {
    const guard = new StreamGuard();
    guard.enter(place(1, 10), MICROPHONE, 0);

    expect(guard.allows(place(1, 11), CAMERA, 1_000_000)).toBe(false);
  });

  test("lets a stream go on in a new subscription, still without replays", () => {
    const guard = new StreamGuard();
    guard.enter(place(1, 10), CAMERA, 0);

    expect(guard.enter(place(1, 11), { ...CAMERA, trackId: "camera again" }, PIN_SILENCE_MS)).toBe(true);
    expect(guard.allows(place(1, 10), { ...CAMERA, trackId: "camera again" }, PIN_SILENCE_MS)).toBe(false);
  });

  test("takes several streams for one track, as simulcast needs", () => {
    const guard = new StreamGuard();

    expect([1, 2, 3].every((ssrc) => guard.enter(place(ssrc, 10), CAMERA, 0))).toBe(true);
  });

  test("keeps tracks apart whose sender does not know its SSRC", () => {
    const guard = new StreamGuard();

    expect(guard.enter(place(UNKNOWN_SSRC, 10), CAMERA, 0)).toBe(true);
    expect(guard.enter(place(UNKNOWN_SSRC, 10), MICROPHONE, 0)).toBe(true);
    expect(guard.allows(place(UNKNOWN_SSRC, 10), CAMERA, 0)).toBe(false);
  });

  test("looks again when a frame is entered, for others may have come while it was decrypted", () => {
    const guard = new StreamGuard();
    expect(guard.allows(place(1, 10), SCREEN, 0)).toBe(true);
    guard.enter(place(1, 9), CAMERA, 0);

    expect(guard.enter(place(1, 10), SCREEN, 0)).toBe(false);
    expect(guard.enter(place(1, 9), CAMERA, 0)).toBe(false);
    expect(guard.enter(place(1, 10), CAMERA, 0)).toBe(true);
  });

  test("is bounded", () => {
    const guard = new StreamGuard();
    for (let ssrc = 0; ssrc < MAX_STREAMS_PER_KEY; ssrc += 1) guard.enter(place(ssrc, 1), CAMERA, 0);

    expect(guard.allows(place(MAX_STREAMS_PER_KEY, 1), CAMERA, 0)).toBe(false);
    expect(guard.enter(place(MAX_STREAMS_PER_KEY, 1), CAMERA, 0)).toBe(false);
    expect(guard.allows(place(0, 2), CAMERA, 0)).toBe(true);
  });
});

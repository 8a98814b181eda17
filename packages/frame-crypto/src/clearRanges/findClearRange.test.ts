import { describe, expect, test } from "vitest";

import { findClearRange } from "./findClearRange.ts";

const VP8 = Uint8Array.of(0x10, 2, 0, 0x9d, 1, 0x2a, 64, 1, 180, 0, 7, 7);
const H264 = Uint8Array.of(0, 0, 0, 1, 0x41, 0x9a, 1, 2, 3, 4, 5, 6);

describe("clear range", () => {
  test.each([
    { name: "opus", kind: "audio", codec: "opus", isKeyFrame: false, frame: VP8, clearBytes: 1 },
    { name: "a vp8 key frame", kind: "video", codec: "vp8", isKeyFrame: true, frame: VP8, clearBytes: 10 },
    { name: "a vp8 delta frame", kind: "video", codec: "vp8", isKeyFrame: false, frame: VP8, clearBytes: 3 },
    { name: "vp9", kind: "video", codec: "vp9", isKeyFrame: true, frame: VP8, clearBytes: 0 },
    { name: "av1", kind: "video", codec: "av1", isKeyFrame: true, frame: VP8, clearBytes: 0 },
    { name: "h264", kind: "video", codec: "h264", isKeyFrame: false, frame: H264, clearBytes: 6 },
    { name: "unknown, like h264", kind: "video", codec: "unknown", isKeyFrame: false, frame: H264, clearBytes: 6 },
    { name: "unknown, else as vp8", kind: "video", codec: "unknown", isKeyFrame: true, frame: VP8, clearBytes: 10 },
  ] as const)("of $name", ({ frame, clearBytes, kind, codec, isKeyFrame }) => {
    expect(findClearRange(frame, { kind, codec, isKeyFrame })).toEqual({ clearBytes, isAnnexB: frame === H264 });
  });

  test("does not exist for a codec that is not encrypted, such as H.265", () => {
    expect(findClearRange(VP8, { kind: "video", codec: "unsupported", isKeyFrame: true })).toBeUndefined();
  });

  test("does not exist in a frame shorter than its header", () => {
    expect(findClearRange(VP8.subarray(0, 9), { kind: "video", codec: "vp8", isKeyFrame: true })).toBeUndefined();
  });

  test("does not exist in h264 without a slice", () => {
    expect(findClearRange(VP8, { kind: "video", codec: "h264", isKeyFrame: true })).toBeUndefined();
  });
});

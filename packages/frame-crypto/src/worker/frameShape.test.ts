import { describe, expect, test } from "vitest";

import { UNKNOWN_SSRC } from "../frameFormat.ts";
import { fakeFrame } from "../testing/fakeFrame.ts";
import { shapeOf } from "./frameShape.ts";
import type { TransformSetup } from "./messages.ts";

const VIDEO: TransformSetup = {
  transformId: "t",
  direction: "receive",
  ownerId: "alice",
  kind: "video",
  payloadTypes: [[96, "video/VP9"]],
};

const codecOf = (metadata: object, setup: TransformSetup = VIDEO): string =>
  shapeOf(fakeFrame({ metadata, type: "delta" }), setup).codec;

describe("the codec of a frame", () => {
  test("is what the frame says itself, whatever was negotiated", () => {
    expect(codecOf({ mimeType: "video/H264", payloadType: 96 }, { ...VIDEO, codec: "vp8" })).toBe("h264");
  });

  test("is that of its payload type if the frame does not say", () => {
    expect(codecOf({ payloadType: 96 }, { ...VIDEO, codec: "vp8" })).toBe("vp9");
  });

  test("is the announced one if neither is known", () => {
    expect(codecOf({ payloadType: 97 }, { ...VIDEO, codec: "vp8" })).toBe("vp8");
    expect(codecOf({}, VIDEO)).toBe("unknown");
  });

  test("is unsupported for H.265", () => {
    expect(codecOf({ mimeType: "video/H265" })).toBe("unsupported");
  });

  test("is AV1 for whoever receives it, and for senders only where everybody can decrypt it", () => {
    const sender: TransformSetup = { ...VIDEO, direction: "send" };

    expect(codecOf({ mimeType: "video/AV1" })).toBe("av1");
    expect(codecOf({ mimeType: "video/AV1" }, sender)).toBe("unsupported");
    expect(codecOf({ mimeType: "video/AV1" }, { ...sender, allowsAv1: true })).toBe("av1");
  });

  test("is opus for all audio", () => {
    expect(codecOf({ mimeType: "audio/opus" }, { ...VIDEO, kind: "audio" })).toBe("opus");
  });
});

test("the SSRC is the frame's, or LiveKit's value for unknown", () => {
  expect(shapeOf(fakeFrame({ metadata: { synchronizationSource: 5 } }), VIDEO).ssrc).toBe(5);
  expect(shapeOf(fakeFrame({ metadata: {} }), VIDEO).ssrc).toBe(UNKNOWN_SSRC);
});

test("only video frames that say so are key frames", () => {
  expect(shapeOf(fakeFrame({ type: "key" }), VIDEO).isKeyFrame).toBe(true);
  expect(shapeOf(fakeFrame({ type: "delta" }), VIDEO).isKeyFrame).toBe(false);
  expect(shapeOf(fakeFrame({}), { ...VIDEO, kind: "audio" }).isKeyFrame).toBe(false);
});

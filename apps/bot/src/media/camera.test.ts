import { expect, test } from "vitest";

import { createCamera } from "./camera.ts";
import { checkFrame, STAMP_BYTES } from "./stamp.ts";
import { VP8_SIZE, vp8Picture } from "./vp8Picture.ts";

const config = { sender: 12, personId: 4, colour: [200, 170, 50], framesPerSecond: 15, frameBytes: 1_150 } as const;

test("each frame is the next picture of the loop, padded, with its stamp at the end", () => {
  const camera = createCamera(config);
  expect(camera).toMatchObject({ kind: "video", codec: "vp8", size: VP8_SIZE });
  for (let number = 0; number < 160; number++) {
    const { data, ...rest } = camera.next(1_000 + number);
    expect(rest).toEqual({ isKeyFrame: true, durationMs: 1_000 / 15 });
    expect(data).toHaveLength(1_150);
    expect(checkFrame(data, "video")).toEqual({ sender: 12, number, sentAtMs: 1_000 + number, isIntact: true });
    const picture = vp8Picture({ ...config, frame: number % 150 });
    expect(data.subarray(0, picture.length)).toEqual(picture);
    expect(data.subarray(picture.length, -STAMP_BYTES).every((byte) => byte === 0)).toBe(true);
  }
});

test("a picture is never cut: small frames are as long as they must be", () => {
  const { data } = createCamera({ ...config, frameBytes: 10 }).next(0);
  expect(data).toHaveLength(vp8Picture({ ...config, frame: 0 }).length + STAMP_BYTES);
  expect(checkFrame(data, "video")?.isIntact).toBe(true);
});

test("a continued track goes on counting", () => {
  const camera = createCamera({ ...config, firstNumber: 0xffff_ffff });
  expect(checkFrame(camera.next(0).data, "video")?.number).toBe(0xffff_ffff);
  expect(checkFrame(camera.next(0).data, "video")?.number).toBe(0);
});

test("two cameras with the same picture do not share frames", () => {
  const first = createCamera(config).next(1).data;
  createCamera({ ...config, sender: 13 }).next(2);
  expect(checkFrame(first, "video")).toMatchObject({ sender: 12, isIntact: true });
});

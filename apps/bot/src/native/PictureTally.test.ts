import { describe, expect, it } from "vitest";

import { type I420Picture, mediaPersonOf } from "../media/index.ts";
import { pictureFeed } from "./pictureFeed.ts";
import { PictureTally } from "./PictureTally.ts";

const SENDER = mediaPersonOf(3);
const FRAME_MS = 100;

/** Pictures of a bot as a decoder would give them. */
function film(number = 3, count = 10): I420Picture[] {
  const feed = pictureFeed(mediaPersonOf(number), 10);
  return Array.from({ length: count }, () => toPicture(feed.next().slice()));
}

function toPicture(data: Uint8Array): I420Picture {
  const [width, height] = [320, 180];
  const luma = width * height;
  const half = width / 2;
  const planes = { y: data.subarray(0, luma), u: data.subarray(luma, luma * 1.25), v: data.subarray(luma * 1.25) };
  return { width, height, ...planes, yStride: width, uStride: half, vStride: half };
}

function show(tally: PictureTally, pictures: readonly I420Picture[], fromMs = 0, wasKeyless = false): void {
  for (const [at, picture] of pictures.entries()) {
    tally.see(picture, SENDER, { nowMs: fromMs + at * FRAME_MS, wasKeyless: wasKeyless && at === 0 });
  }
}

describe("PictureTally", () => {
  it("counts the sender's pictures as good, and measures them", () => {
    const tally = new PictureTally();
    show(tally, film());

    expect(tally.counts).toMatchObject({ good: 10, spoiled: 0, foreign: 0, missing: 0 });
    expect(tally.longestGapMs).toBe(FRAME_MS);
    expect(tally.psnrDb).toBe(100);
  });

  it("measures noise", () => {
    const tally = new PictureTally();
    const [picture] = film();
    for (let at = 0; at < picture!.y.length; at += 2) picture!.y[at]! ^= 8;
    show(tally, [picture!]);

    expect(tally.psnrDb).toBeGreaterThan(25);
    expect(tally.psnrDb).toBeLessThan(40);
  });

  it("counts pictures of somebody else as foreign, and what is no picture or has another colour as spoiled", () => {
    const tally = new PictureTally();
    const [first, second] = film();
    first!.y.fill(128);
    second!.v.fill(20);
    show(tally, [first!, second!, ...film(4, 3)]);

    expect(tally.counts).toMatchObject({ good: 0, spoiled: 2, foreign: 3 });
  });

  it("finds missing frames, also over the end of the loop, and says for want of what", () => {
    const pictures = film(3, 160);
    const tally = new PictureTally();
    show(tally, [...pictures.slice(140, 148), ...pictures.slice(152)]);
    expect(tally.counts).toMatchObject({ missing: 4, missingKey: 0 });

    show(tally, pictures.slice(15, 18), 10_000, true);

    expect(tally.counts).toMatchObject({ missing: 4, missingKey: 5 });
    expect(tally.longestGapMs).toBeGreaterThan(5_000);
  });

  it("takes a new track and a pause without loss for no gap", () => {
    const pictures = film(3, 12);
    const tally = new PictureTally();
    show(tally, pictures.slice(0, 3));
    tally.beginTrack();
    show(tally, pictures.slice(8, 10), 20_000);
    show(tally, pictures.slice(10, 12), 40_000);

    expect(tally.counts).toMatchObject({ good: 7, missing: 0 });
    expect(tally.longestGapMs).toBe(FRAME_MS);
  });
});

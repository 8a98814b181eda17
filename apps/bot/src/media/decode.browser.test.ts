import { describe, expect, test } from "vitest";

import { barcodeBits, PICTURE } from "./barcode.ts";
import type { I420Picture } from "./i420.ts";
import { mediaPersonOf } from "./people.ts";
import { PERFECT_PSNR_DB, psnrAgainst } from "./psnr.ts";
import { readPicture } from "./readPicture.ts";
import { VP8_SIZE, vp8Picture } from "./vp8Picture.ts";
import { encodeKeyFrame, type MacroblockPicture } from "./vp8KeyFrame.ts";

/** Chromium's own decoder, as calls use it. */
async function decodeEach<Result>(
  frames: readonly Uint8Array<ArrayBuffer>[],
  look: (frame: VideoFrame) => Promise<Result>,
): Promise<Result[]> {
  const results: Promise<Result>[] = [];
  const errors: DOMException[] = [];
  const decoder = new VideoDecoder({
    output: (frame) => results.push(look(frame).finally(() => frame.close())),
    error: (error) => errors.push(error),
  });
  decoder.configure({ codec: "vp8" });
  for (const [index, data] of frames.entries()) {
    decoder.decode(new EncodedVideoChunk({ type: "key", timestamp: index * 1_000, data }));
  }
  await decoder.flush();
  decoder.close();
  expect(errors).toEqual([]);
  return Promise.all(results);
}

function decode(frames: readonly Uint8Array<ArrayBuffer>[]): Promise<I420Picture[]> {
  return decodeEach(frames, copyOf);
}

async function copyOf(frame: VideoFrame): Promise<I420Picture> {
  expect(frame.format).toBe("I420");
  const bytes = new Uint8Array(frame.allocationSize());
  const [y, u, v] = await frame.copyTo(bytes);
  const { width, height } = frame.codedRect!;
  return {
    width,
    height,
    y: bytes.subarray(y!.offset),
    u: bytes.subarray(u!.offset),
    v: bytes.subarray(v!.offset),
    yStride: y!.stride,
    uStride: u!.stride,
    vStride: v!.stride,
  };
}

describe("Chromium's VP8 decoder", () => {
  test("shows every picture of a loop exactly, whatever bytes follow it", async () => {
    const { personId, colour } = mediaPersonOf(5);
    const contents = Array.from({ length: PICTURE.loopFrames }, (_, frame) => ({ personId, colour, frame }));
    const padded = contents.map((content, index) => {
      const picture = vp8Picture(content);
      const frame = new Uint8Array(1_150).fill(index * 7);
      frame.set(picture);
      return frame;
    });
    const pictures = await decode(padded);
    expect(pictures).toHaveLength(contents.length);
    for (const [index, picture] of pictures.entries()) {
      expect(picture).toMatchObject(VP8_SIZE);
      expect(readPicture(picture)).toMatchObject({ person: personId, frame: index });
      expect(psnrAgainst(contents[index]!, picture)).toBe(PERFECT_PSNR_DB);
    }
  });

  test("shows each bot's colour", async () => {
    const people = Array.from({ length: 24 }, (_, number) => mediaPersonOf(number));
    const pictures = await decode(people.map(({ personId, colour }) => vp8Picture({ personId, colour, frame: 9 })));
    for (const [index, { personId, colour }] of people.entries()) {
      const seen = readPicture(pictures[index]!);
      expect(seen).toMatchObject({ person: personId, frame: 9 });
      for (const channel of [0, 1, 2] as const) {
        expect(Math.abs(seen!.colour[channel] - colour[channel])).toBeLessThanOrEqual(3);
      }
    }
  });

  test("shows the levels of any macroblocks exactly", async () => {
    const picture: MacroblockPicture = { columns: 23, rows: 31, macroblocks: junkMacroblocks(23 * 31) };
    const [shown] = await decode([encodeKeyFrame(picture)]);
    for (const [at, { luma, blueness, redness }] of picture.macroblocks.entries()) {
      const [x, y] = [at % picture.columns, Math.floor(at / picture.columns)];
      for (const offset of [0, 7]) {
        const chromaAt = (y * 8 + offset) * shown!.uStride + x * 8 + offset;
        expect(shown!.y[(y * 16 + offset * 2) * shown!.yStride + x * 16 + offset * 2]).toBe(luma);
        expect(shown!.u[chromaAt]).toBe(blueness);
        expect(shown!.v[chromaAt]).toBe(redness);
      }
    }
  });

  test("draws the picture into a page in its colours, as readers of tiles see it", async () => {
    const { personId, colour } = mediaPersonOf(2);
    const canvas = new OffscreenCanvas(PICTURE.width, PICTURE.height);
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    await decodeEach([vp8Picture({ personId, colour, frame: 100 })], async (frame) => {
      context.drawImage(frame, 0, 0, PICTURE.width, PICTURE.height);
    });
    const pixelAt = (x: number, y: number): number[] => [...context.getImageData(x, y, 1, 1).data.subarray(0, 3)];
    for (const [channel, value] of pixelAt(160, 60).entries()) {
      expect(Math.abs(value - colour[channel]!)).toBeLessThanOrEqual(8);
    }
    for (const [cell, isWhite] of barcodeBits(personId, 100).entries()) {
      const [red] = pixelAt(cell * 20 + 10, 150);
      expect(red! > 165).toBe(isWhite);
      expect(red! < 90).toBe(!isWhite);
    }
  });
});

/** Many differences up to the greatest, in both directions, and many neighbours that are equal. */
function junkMacroblocks(count: number): MacroblockPicture["macroblocks"] {
  const levels = [0, 255, 1, 254, 128, 128, 127, 60, 200, 16, 235, 235, 77];
  const level = (at: number): number => levels[at % levels.length]!;
  return Array.from({ length: count }, (_, at) => ({
    luma: level(at * at + (at >> 3)),
    blueness: level(at >> 1),
    redness: level(at * 5 + (at >> 4)),
  }));
}

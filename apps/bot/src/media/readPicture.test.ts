import { seededRandom } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { I420Picture } from "./i420.ts";
import { mediaPersonOf } from "./people.ts";
import { PERFECT_PSNR_DB, psnrAgainst } from "./psnr.ts";
import { readPicture } from "./readPicture.ts";
import { idealPicture } from "./testing/idealPicture.ts";

const contents = fc.record({ bot: fc.nat(1_000), frame: fc.integer({ min: 0, max: 149 }) }).map(({ bot, frame }) => {
  const { personId, colour } = mediaPersonOf(bot);
  return { personId, colour, frame };
});
const content = { personId: 5, colour: [205, 70, 60], frame: 100 } as const;

describe("readPicture", () => {
  test("reads person, frame and colour in any size and with any stride", () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(80, 128, 256, 320, 640), fc.nat(40), (content, width, slack) => {
        const seen = readPicture(idealPicture(content, width, slack));
        expect(seen).toMatchObject({ person: content.personId, frame: content.frame });
        const errors = seen!.colour.map((value, channel) => Math.abs(value - content.colour[channel]!));
        expect(Math.max(...errors)).toBeLessThanOrEqual(3);
      }),
      { numRuns: 20 },
    );
  });

  test("reads through the noise of a poor codec", () => {
    const picture = idealPicture(content);
    const random = seededRandom(9);
    for (let at = 0; at < picture.y.length; at++) {
      picture.y[at] = Math.min(255, Math.max(0, picture.y[at]! + (random.next() - 0.5) * 120));
    }
    expect(readPicture(picture)).toMatchObject({ person: 5, frame: 100 });
  });

  test("reads nothing from a grey, a black, a noisy or an empty picture", () => {
    const picture = idealPicture(content);
    const random = seededRandom(1);
    expect(readPicture({ ...picture, y: picture.y.map(() => 128) })).toBeUndefined();
    expect(readPicture({ ...picture, y: picture.y.map(() => 16) })).toBeUndefined();
    expect(readPicture({ ...picture, y: picture.y.map(() => random.next() * 256) })).toBeUndefined();
    expect(readPicture({ ...picture, y: new Uint8Array(0) })).toBeUndefined();
  });

  // The sum is taken modulo 8, so a turned high bit of the frame number changes nothing in it.
  test.each([0, 1, 7, 8, 9, 10, 11, 12, 13, 14, 15])("reads nothing where cell %i is turned over", (cell) => {
    const picture = idealPicture(content);
    expect(readPicture(turned(picture, cell))).toBeUndefined();
    expect(readPicture(turned(turned(picture, cell), cell))).toBeDefined();
  });

  test("reads the colour from all of the middle and from nothing else", () => {
    const picture = idealPicture(content);
    const own = picture.u[0]!;
    // Columns 50 to 109 of the plane are read, rows 20 to 39.
    const halfBrighter = picture.u.map((level, at) => (at % 160 < 80 ? level + 20 : level));
    const outside = picture.u.map((level, at) => {
      const [x, y] = [at % 160, Math.floor(at / 160)];
      return x < 50 || x >= 110 || y < 20 || y >= 40 ? 255 : level;
    });
    const blueOf = (u: Uint8Array): number | undefined => readPicture({ ...picture, u })?.colour[2];
    expect(blueOf(outside)).toBe(blueOf(picture.u));
    expect(blueOf(halfBrighter)).toBe(blueOf(picture.u.map(() => own + 10)));
  });

  test("reads no frame that the loop does not have", () => {
    expect(readPicture(idealPicture({ ...content, frame: 149 }))).toMatchObject({ frame: 149 });
    expect(readPicture(idealPicture({ ...content, frame: 150 }))).toBeUndefined();
  });
});

/** With the other colour in one cell of the strip. */
function turned(picture: I420Picture, cell: number): I420Picture {
  const y = picture.y.map((level, at) => {
    const isInCell = at >= 120 * 320 && Math.floor((at % 320) / 20) === cell;
    return isInCell ? 251 - level : level;
  });
  return { ...picture, y };
}

describe("psnrAgainst", () => {
  test("is perfect for the picture itself, in any size", () => {
    for (const width of [80, 256, 320, 1_280]) {
      expect(psnrAgainst(content, idealPicture(content, width, 3))).toBe(PERFECT_PSNR_DB);
    }
  });

  test("is that of the error: one level everywhere is 48.13 dB, ten are 28.13 dB", () => {
    const picture = idealPicture(content);
    expect(psnrAgainst(content, { ...picture, y: picture.y.map((level) => level + 1) })).toBeCloseTo(48.13, 2);
    expect(psnrAgainst(content, { ...picture, y: picture.y.map((level) => level + 10) })).toBeCloseTo(28.13, 2);
  });

  test("is nothing for a plane that is too short", () => {
    const picture = idealPicture(content);
    expect(psnrAgainst(content, { ...picture, y: picture.y.subarray(1) })).toBe(0);
  });

  test("tells another frame and another person", () => {
    const picture = idealPicture(content);
    expect(psnrAgainst({ ...content, frame: 101 }, picture)).toBeLessThan(25);
    expect(psnrAgainst({ ...content, personId: 4 }, picture)).toBeLessThan(25);
  });
});

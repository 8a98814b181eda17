import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { h264ClearBytes, widenStartCodes } from "./h264.ts";

const SPS = [0x67, 0x42, 0xc0];
const PPS = [0x68, 0x87];

describe("clear bytes of H.264", () => {
  test("reach to the second byte of the first slice", () => {
    const frame = [0, 0, 0, 1, ...SPS, 0, 0, 0, 1, ...PPS, 0, 0, 0, 1, 0x65, 0x88, 1, 2, 3];

    expect(h264ClearBytes(Uint8Array.from(frame))).toBe(frame.length - 3);
  });

  test("are found behind short start codes and leading zeros", () => {
    expect(h264ClearBytes(Uint8Array.of(0, 0, 0, 0, 1, 0x41, 0x9a, 7))).toBe(7);
    expect(h264ClearBytes(Uint8Array.of(0, 0, 1, 6, 5, 0, 0, 1, 0x41, 0x9a, 7))).toBe(10);
  });

  test("do not depend on what follows the first slice", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
        expect(h264ClearBytes(Uint8Array.of(0, 0, 0, 1, 0x41, 0x9a, ...rest))).toBe(6);
      }),
    );
  });

  test.each([
    ["an empty frame", []],
    ["bytes before the first start code", [9, 0, 0, 1, 0x41, 0x9a]],
    ["no slice", [0, 0, 0, 1, ...SPS]],
    ["a slice of one byte", [0, 0, 0, 1, 0x41]],
    ["a start code at the end", [0, 0, 0, 1]],
  ])("are not found in %s", (_, frame) => {
    expect(h264ClearBytes(Uint8Array.from(frame))).toBeUndefined();
  });

  test("never throw on any bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.constant(1), fc.nat(255))), (frame) => {
        const clearBytes = h264ClearBytes(Uint8Array.from(frame)) ?? 0;

        expect(clearBytes).toBeLessThanOrEqual(frame.length);
      }),
    );
  });
});

describe("start codes", () => {
  test("are widened where they are short", () => {
    const header = Uint8Array.of(0, 0, 1, ...SPS, 0, 0, 0, 1, ...PPS, 0, 0, 1, 0x65, 0x88);

    const wide = [0, 0, 0, 1, ...SPS, 0, 0, 0, 1, ...PPS, 0, 0, 0, 1, 0x65, 0x88];
    expect([...widenStartCodes(header)]).toEqual(wide);
  });

  test("that are long stay the very same array", () => {
    const header = Uint8Array.of(0, 0, 0, 1, 0x65, 0x88);

    expect(widenStartCodes(header)).toBe(header);
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { obuHeader, unwrapObu } from "./av1.ts";

const [KEY = 0] = obuHeader(true);
const [DELTA = 0] = obuHeader(false);
const CONTENT = Uint8Array.from({ length: 300 }, (_, index) => index & 0xff);

function bytes(...parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe("an OBU around an encrypted frame", () => {
  test("is taken off as it was sent, without a size", () => {
    expect(unwrapObu(bytes([KEY], CONTENT))).toEqual({ header: bytes([KEY]), content: CONTENT });
    expect(unwrapObu(bytes([DELTA], CONTENT))).toEqual({ header: bytes([DELTA]), content: CONTENT });
  });

  test("is taken off as depacketisers write it, with a size", () => {
    expect(unwrapObu(bytes([DELTA | 2, 0xac, 0x02], CONTENT))).toEqual({ header: bytes([DELTA]), content: CONTENT });
    expect(unwrapObu(bytes([KEY | 2, 5], CONTENT.subarray(0, 5)))?.content).toEqual(CONTENT.subarray(0, 5));
  });

  test("begins like a sequence header in key frames, or packetisers would not announce them", () => {
    expect([KEY >> 3, DELTA >> 3]).toEqual([1, 6]);
  });

  test.each([
    ["of another type", [0x12, 0x00]],
    ["with an extension", [DELTA | 6, 0, 1, 9]],
    ["with the forbidden bit", [DELTA | 0x80, 1, 2]],
    ["shorter than its size", [DELTA | 2, 9, 1, 2]],
    ["with another one behind it", [DELTA | 2, 1, 7, DELTA | 2, 1, 7]],
    ["whose size does not end", [DELTA | 2, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]],
  ])("%s is none of ours", (_, received) => {
    expect(unwrapObu(Uint8Array.from(received))).toBeUndefined();
  });

  test("is looked for in any bytes without a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (received) => {
        const content = unwrapObu(Uint8Array.from(received));
        expect(content?.content.byteLength ?? 0).toBeLessThanOrEqual(received.byteLength);
      }),
    );
  });
});

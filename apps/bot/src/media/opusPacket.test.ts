import * as fc from "fast-check";
import { expect, test } from "vitest";

import { joinPackets } from "./opusPacket.ts";
import { splitPacket } from "./testing/splitPacket.ts";

const TOC = 0b1111_1000;
const packets = fc
  .integer({ min: 0, max: 200 })
  .chain((length) => fc.array(fc.uint8Array({ minLength: length, maxLength: length }), { minLength: 1, maxLength: 3 }))
  .map((frames) => frames.map((frame) => Uint8Array.of(TOC, ...frame)));

test("a decoder finds the frames again, and the padding with its lawful extension behind them", () => {
  fc.assert(
    fc.property(packets, fc.integer({ min: 0, max: 253 }), (written, freeBytes) => {
      const read = splitPacket(joinPackets(written, freeBytes));
      expect(read.toc).toBe(TOC | 3);
      expect(read.frames.map((frame) => [TOC, ...frame])).toEqual(written.map((packet) => [...packet]));
      expect(read.padding).toHaveLength(1 + freeBytes);
      // Id 120, which takes all that is left.
      expect(read.padding[0]).toBe(0xf0);
    }),
  );
});

test("packets that cannot be joined are refused", () => {
  const packet = Uint8Array.of(TOC, 1, 2);
  expect(() => joinPackets([], 1)).toThrow(RangeError);
  expect(() => joinPackets([Uint8Array.of(TOC | 3, 1, 2)], 1)).toThrow(RangeError);
  expect(() => joinPackets([packet, Uint8Array.of(TOC, 1)], 1)).toThrow(RangeError);
  expect(() => joinPackets([packet, Uint8Array.of(0, 1, 2)], 1)).toThrow(RangeError);
  expect(() => joinPackets([packet], 254)).toThrow(RangeError);
});

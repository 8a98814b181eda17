import * as fc from "fast-check";
import { expect, test } from "vitest";

import { BoolEncoder } from "./BoolEncoder.ts";
import { BoolDecoder } from "./testing/BoolDecoder.ts";

const decisions = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 255 })), { maxLength: 2_000 });

test("what is written with some probabilities is read with the same ones", () => {
  fc.assert(
    fc.property(decisions, (written) => {
      const encoder = new BoolEncoder();
      for (const [value, probability] of written) encoder.writeBool(value, probability);
      const decoder = new BoolDecoder(encoder.finish());
      for (const [value, probability] of written) expect(decoder.readBool(probability)).toBe(value);
    }),
  );
});

test("likely decisions cost less than a bit, also where carries run through many bytes", () => {
  fc.assert(
    fc.property(fc.boolean(), fc.integer({ min: 1, max: 4_000 }), (last, count) => {
      const encoder = new BoolEncoder();
      for (let index = 0; index < count; index++) encoder.writeBool(true, 1);
      encoder.writeBool(last, 128);
      const bytes = encoder.finish();
      expect(bytes.length).toBeLessThan(8 + count / 100);
      const decoder = new BoolDecoder(bytes);
      for (let index = 0; index < count; index++) expect(decoder.readBool(1)).toBe(true);
      expect(decoder.readBool(128)).toBe(last);
    }),
  );
});

test("numbers are written with the highest bit first, and any bytes may follow the end", () => {
  const encoder = new BoolEncoder();
  encoder.writeBits(0x5a5, 11);
  encoder.writeBits(3, 2);
  const decoder = new BoolDecoder(Uint8Array.of(...encoder.finish(), 255, 255, 255));
  const bits = Array.from({ length: 13 }, () => (decoder.readBool(128) ? 1 : 0));
  expect(bits.join("")).toBe("1011010010111");
});

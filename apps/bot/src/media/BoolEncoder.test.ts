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

test("a carry runs back through all the bytes that it must", () => {
  // Decisions that lead to a number with many zeros: on the way there, what is written ends in many ones.
  const zeros = fc.integer({ min: 3, max: 12 }).map((count) => new Uint8Array(count));
  const numbers = fc.array(fc.oneof(zeros, fc.uint8Array({ minLength: 1, maxLength: 2 })), {
    minLength: 8,
    maxLength: 16,
  });
  const probabilities = fc.infiniteStream(fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(numbers, probabilities, (pieces, stream) => {
      const number = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
      const source = new BoolDecoder(number);
      const written = [...stream.take(number.length * 12)].map(
        (probability) => [source.readBool(probability), probability] as const,
      );
      const encoder = new BoolEncoder();
      for (const [value, probability] of written) encoder.writeBool(value, probability);
      const decoder = new BoolDecoder(encoder.finish());
      for (const [value, probability] of written) expect(decoder.readBool(probability)).toBe(value);
    }),
  );
});

test("likely decisions cost less than a bit", () => {
  const encoder = new BoolEncoder();
  for (let index = 0; index < 4_000; index++) encoder.writeBool(true, 1);
  expect(encoder.finish().length).toBeLessThan(12);
});

test("numbers are written with the highest bit first, and any bytes may follow the end", () => {
  const encoder = new BoolEncoder();
  encoder.writeBits(0x5a5, 11);
  encoder.writeBits(3, 2);
  const decoder = new BoolDecoder(Uint8Array.of(...encoder.finish(), 255, 255, 255));
  const bits = Array.from({ length: 13 }, () => (decoder.readBool(128) ? 1 : 0));
  expect(bits.join("")).toBe("1011010010111");
});

import { seededRandom } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { checkFrame, STAMP_BYTES, stampedCopy, stampTemplate } from "./stamp.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const stamps = fc.record({
  kind: fc.constantFrom("audio" as const, "video" as const),
  sender: word,
  number: word,
  sentAtMs: fc.double({ noNaN: true }),
});
const bodies = fc.uint8Array({ maxLength: 200 });

function templateOf(body: Uint8Array) {
  const frame = new Uint8Array(body.length + STAMP_BYTES);
  frame.set(body);
  return stampTemplate(frame);
}

test("a stamp is read back as it was written, and leaves the frame before it alone", () => {
  fc.assert(
    fc.property(bodies, stamps, (body, { kind, ...content }) => {
      const frame = stampedCopy(templateOf(body), { kind, ...content });
      expect(checkFrame(frame, kind)).toEqual({ ...content, isIntact: true });
      expect(frame.subarray(0, body.length)).toEqual(body);
    }),
  );
});

test("a change of any bit is noticed", () => {
  fc.assert(
    fc.property(bodies, stamps, fc.nat(), (body, stamp, where) => {
      const frame = stampedCopy(templateOf(body), stamp);
      const bit = where % (frame.length * 8);
      frame[bit >> 3]! ^= 1 << (bit & 7);
      expect(checkFrame(frame, stamp.kind)?.isIntact ?? false).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("a frame that was cut at its start is not intact", () => {
  const frame = stampedCopy(templateOf(Uint8Array.of(1, 2, 3)), { kind: "audio", sender: 1, number: 2, sentAtMs: 3 });
  expect(checkFrame(frame.subarray(1), "audio")).toMatchObject({ sender: 1, number: 2, isIntact: false });
});

test("a stamp of the other kind is not intact", () => {
  const frame = stampedCopy(templateOf(Uint8Array.of(7)), { kind: "audio", sender: 1, number: 2, sentAtMs: 3 });
  expect(checkFrame(frame, "video")?.isIntact).toBe(false);
});

test("two copies of one template are independent", () => {
  const template = templateOf(Uint8Array.of(7, 8));
  const first = stampedCopy(template, { kind: "video", sender: 1, number: 1, sentAtMs: 1 });
  stampedCopy(template, { kind: "video", sender: 1, number: 2, sentAtMs: 2 });
  expect(checkFrame(first, "video")).toMatchObject({ number: 1, isIntact: true });
});

test("frames without a stamp have none", () => {
  expect(checkFrame(new Uint8Array(0), "audio")).toBeUndefined();
  expect(checkFrame(new Uint8Array(STAMP_BYTES - 1), "audio")).toBeUndefined();
  expect(checkFrame(new Uint8Array(200), "audio")).toBeUndefined();
});

test("a template without room is refused", () => {
  expect(() => stampTemplate(new Uint8Array(STAMP_BYTES - 1))).toThrow(RangeError);
});

test("no junk makes the check throw, and none passes it", () => {
  const random = seededRandom(4);
  const good = stampedCopy(templateOf(random.bytes(60)), { kind: "audio", sender: 9, number: 8, sentAtMs: 7 });
  let passed = 0;
  for (let round = 0; round < 100_000; round++) {
    // One in ten is pure junk of any length, the others are a real frame with one to three bytes changed.
    const junk = round % 10 === 0 ? random.bytes(Math.floor(random.next() * 64)) : good.slice();
    for (let change = 0; change <= round % 3; change++) {
      const at = Math.floor(random.next() * junk.length);
      junk[at] = junk[at]! ^ (1 + Math.floor(random.next() * 255));
    }
    // Changes of one byte may cancel each other.
    if (checkFrame(junk, "audio")?.isIntact && Buffer.compare(junk, good) !== 0) passed++;
  }
  expect(passed).toBe(0);
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { escapeStartCodes, unescapeStartCodes } from "./emulationPrevention.ts";

/** Bytes in which zeros and small values are common, as they must be for this code to have work. */
const zeroRichBytes = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 }), fc.nat(255)), {
  maxLength: 200,
});

describe("emulation prevention", () => {
  test.each([
    ["a start code", [0, 0, 1], [0, 0, 3, 1]],
    ["an escape", [0, 0, 3, 9], [0, 0, 3, 3, 9]],
    ["a run of zeros", [0, 0, 0, 0, 0], [0, 0, 3, 0, 0, 3, 0]],
    ["zeros before a large byte", [0, 0, 4], [0, 0, 4]],
  ])("escapes %s", (_, plain, escaped) => {
    expect([...escapeStartCodes(Uint8Array.from(plain))]).toEqual(escaped);
    expect([...unescapeStartCodes(Uint8Array.from(escaped))]).toEqual(plain);
  });

  test("gives back the same bytes after escaping and unescaping", () => {
    fc.assert(
      fc.property(zeroRichBytes, (plain) => {
        expect([...unescapeStartCodes(escapeStartCodes(Uint8Array.from(plain)))]).toEqual(plain);
      }),
    );
  });

  test("leaves nothing that looks like a start code", () => {
    fc.assert(
      fc.property(zeroRichBytes, (plain) => {
        const escaped = [...escapeStartCodes(Uint8Array.from(plain))];

        const hasStartCode = escaped.some(
          (_, at) => escaped[at] === 0 && escaped[at + 1] === 0 && escaped[at + 2]! < 3,
        );
        expect(hasStartCode).toBe(false);
      }),
    );
  });

  test("returns the same array when nothing has to change", () => {
    const plain = Uint8Array.of(0, 0, 4, 1, 0, 9);

    expect(escapeStartCodes(plain)).toBe(plain);
    expect(unescapeStartCodes(plain)).toBe(plain);
  });
});

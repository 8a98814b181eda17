import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  concatBytes,
  equalBytes,
  toBase64,
  toHex,
  toUnpaddedBase64,
  tryFromBase64,
  tryFromHex,
  utf8,
} from "./bytes.ts";

const anyBytes = fc.uint8Array({ maxLength: 80 });

describe("base64", () => {
  // RFC 4648 section 10
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foobar", "Zm9vYmFy"],
  ])("writes %j as %j", (text, expected) => {
    expect(toBase64(utf8(text))).toBe(expected);
  });

  it("reads back what it wrote, padded or not", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(toHex(tryFromBase64(toBase64(bytes)) ?? utf8("none"))).toBe(toHex(bytes));
        expect(toHex(tryFromBase64(toUnpaddedBase64(bytes)) ?? utf8("none"))).toBe(toHex(bytes));
      }),
    );
  });

  it("reads the URL-safe alphabet", () => {
    expect(tryFromBase64("-_-_")).toEqual(tryFromBase64("+/+/"));
  });

  it.each(["A", "AAAAA", "AB CD", "AB\nCD", "====", "Zg===", "Ä", "Zg==Zg=="])("refuses %j", (text) => {
    expect(tryFromBase64(text)).toBeUndefined();
  });
});

describe("hexadecimal", () => {
  it("writes lower case and reads both", () => {
    expect(toHex(new Uint8Array([0, 10, 255]))).toBe("000aff");
    expect(tryFromHex("000AfF")).toEqual(new Uint8Array([0, 10, 255]));
  });

  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect([...(tryFromHex(toHex(bytes)) ?? [])]).toEqual([...bytes]);
      }),
    );
  });

  it.each(["0", "0g", "0x00", " 00"])("refuses %j", (text) => {
    expect(tryFromHex(text)).toBeUndefined();
  });
});

describe("concatBytes", () => {
  it("joins in order into fresh bytes", () => {
    const first = new Uint8Array([1, 2]);

    const joined = concatBytes(first, new Uint8Array(), new Uint8Array([3]));
    first[0] = 9;

    expect([...joined]).toEqual([1, 2, 3]);
  });
});

describe("equalBytes", () => {
  it("agrees with comparing texts", () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  it("sees a difference in any bit", () => {
    const bytes = new Uint8Array(16);
    for (let bit = 0; bit < 128; bit++) {
      const other = bytes.slice();
      other[bit >> 3] = 1 << (bit & 7);

      expect(equalBytes(bytes, other)).toBe(false);
    }
  });
});

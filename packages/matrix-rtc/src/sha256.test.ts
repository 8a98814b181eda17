import { toHex, toUnpaddedBase64, utf8 } from "@conclave/kit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { sha256 } from "./sha256.ts";

describe("sha256", () => {
  // matrixrtc.md 18.2
  it.each([
    ['["@alice:example.com","memberABC"]', "M3VnsLXrkbxIDINXO64u8PZzFyD9ZYFiQULR2dshWYs"],
    ['["!roomid:example.com","slot1234"]', "O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc"],
  ])("hashes %s as MSC4195 says", (text, expected) => {
    expect(toUnpaddedBase64(sha256(utf8(text)))).toBe(expected);
  });

  it("agrees with WebCrypto for any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const reference = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));

        expect(toHex(sha256(bytes))).toBe(toHex(new Uint8Array(reference)));
      }),
    );
  });
});

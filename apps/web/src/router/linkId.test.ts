import { seededRandom } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { createLinkId, isLinkId } from "./linkId.ts";

describe("link ids", () => {
  it("have three groups of letters that are hard to mistake", () => {
    const random = seededRandom(7);

    const ids = Array.from({ length: 200 }, () => createLinkId((length) => random.bytes(length)));

    for (const id of ids) expect(id).toMatch(/^[a-hjkmnp-z]{4}-[a-hjkmnp-z]{4}-[a-hjkmnp-z]{3}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("skip bytes that would favour the first letters", () => {
    const bytes = [255, 254, 253, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

    const id = createLinkId(() => Uint8Array.of(bytes.shift() ?? 0));

    expect(id).toBe("abcd-efgh-jkm");
  });

  it.each(["", "-", "a/b", "a b", "ä", "a-", "x".repeat(65)])("are not %j", (text) => {
    expect(isLinkId(text)).toBe(false);
  });
});

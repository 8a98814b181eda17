import { describe, expect, it } from "vitest";

import { once } from "./once.ts";

describe("once", () => {
  it("reads each object once, and remembers that there was nothing to read", () => {
    const seen: object[] = [];
    const read = once((value: { readonly text?: string }) => {
      seen.push(value);
      return value.text;
    });
    const [full, empty] = [{ text: "a" }, {}];

    expect([read(full), read(empty), read(full), read(empty)]).toEqual(["a", undefined, "a", undefined]);
    expect(seen).toEqual([full, empty]);
  });
});

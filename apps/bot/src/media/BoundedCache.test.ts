import { expect, test } from "vitest";

import { BoundedCache } from "./BoundedCache.ts";

test("each value is made once, until too many are kept: then the oldest is made anew", () => {
  const cache = new BoundedCache<string>(2);
  const made: string[] = [];
  const get = (key: string): string =>
    cache.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  expect([get("a"), get("b"), get("a"), get("b")]).toEqual(["A", "B", "A", "B"]);
  expect(made).toEqual(["a", "b"]);
  expect([get("c"), get("b"), get("c"), get("a")]).toEqual(["C", "B", "C", "A"]);
  expect(made).toEqual(["a", "b", "c", "a"]);
});

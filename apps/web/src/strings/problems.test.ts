import { describe, expect, it } from "vitest";

import { problemTexts } from "./problems.ts";

const entries = Object.entries(problemTexts);

// That no code is without words is a matter of types: `problemTexts` would not compile.
describe("words for problems", () => {
  it.each(entries)("say what happened, whose side it is on and what to do: %s", (_code, text) => {
    expect(text.title).toMatch(/^[A-Z].*[^.!]$/);
    expect(text.cause).toMatch(/^[A-Z].*\.$/);
    expect(text.remedy).toMatch(/^[A-Z].*\.$/);
  });

  it("differ from one another", () => {
    expect(new Set(entries.map(([, text]) => text.title)).size).toBe(entries.length);
  });
});

import { describe, expect, it } from "vitest";

import { hasHeld } from "./hasHeld.ts";

const EXPECTATION = { text: "pairs=100%", holds: true, sentence: "pairs is 100 %." };
const GOOD = { findings: [], expectations: [EXPECTATION], isVoid: false };

function found(code: string): typeof GOOD & { findings: object[] } {
  return { ...GOOD, findings: [{ atMs: 0, code, sentence: "Something was found." }] as never };
}

describe("hasHeld", () => {
  it("is true of a whole run that was as expected, whatever else was noticed", () => {
    expect(hasHeld(GOOD)).toBe(true);
    expect(hasHeld(found("left_behind"))).toBe(true);
  });

  it.each(["interrupted", "byte_limit_reached"])("is false of a run that was cut short: %s", (code) => {
    expect(hasHeld(found(code))).toBe(false);
  });

  it("is false if an expectation did not hold or nothing is proved", () => {
    expect(hasHeld({ ...GOOD, expectations: [EXPECTATION, { ...EXPECTATION, holds: false }] })).toBe(false);
    expect(hasHeld({ ...GOOD, isVoid: true })).toBe(false);
  });
});

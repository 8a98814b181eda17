import { CallError } from "@conclave/call";
import { describe, expect, it } from "vitest";

import { codeOf, evidenceOf } from "./faultCodes.ts";

describe("codeOf", () => {
  it.each([
    ["sfu_full", new CallError("sfu_full", "No room left")],
    ["internal", new TypeError("fetch failed")],
    ["internal", "a text"],
  ])("is %s for %s", (code, fault) => {
    expect(codeOf(fault)).toBe(code);
  });
});

describe("evidenceOf", () => {
  it("names what lies beneath by code and kind, and never by its message", () => {
    const cause = new TypeError("@alice:hs.example cannot be reached");
    const fault = new CallError("grant_unreachable", "No answer", { cause });

    expect(evidenceOf(fault)).toBe("grant_unreachable, from TypeError");
  });

  it("ends where a chain of causes goes round", () => {
    const fault = new RangeError("round");
    fault.cause = fault;

    expect(evidenceOf(fault).split(", from ")).toEqual(Array.from({ length: 5 }, () => "RangeError"));
  });

  it("knows nothing of what is no error", () => {
    expect(evidenceOf("@alice:hs.example")).toBe("unknown");
  });
});

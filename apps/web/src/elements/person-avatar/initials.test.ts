import { describe, expect, it } from "vitest";

import { hueOf, initialsOf } from "./initials.ts";

describe("initials", () => {
  it.each([
    ["Ann Berg", "AB"],
    ["émile fournier", "ÉF"],
    ["Bo", "B"],
    ["José Luis García", "JL"],
    ["مريم علي", "مع"],
    ["👩‍🚀 Mae", "M"],
    ["(guest) bob", "GB"],
    ["  ", "?"],
  ])("of %j are %j", (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe("the hue", () => {
  it("is the same for the same name and differs between names", () => {
    expect(hueOf("Ann Berg")).toBe(hueOf("Ann Berg"));
    expect(hueOf("Ann Berg")).not.toBe(hueOf("Bo Chen"));
  });
});

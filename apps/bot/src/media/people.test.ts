import { expect, test } from "vitest";

import { mediaPersonOf } from "./people.ts";

const people = Array.from({ length: 1_000 }, (_, bot) => mediaPersonOf(bot));

test("every bot has an id that fits into the barcode and a tone of whole periods", () => {
  for (const { personId, toneHz, colour } of people) {
    expect(personId).toBeGreaterThanOrEqual(0);
    expect(personId).toBeLessThanOrEqual(7);
    expect(toneHz % 50).toBe(0);
    expect(toneHz).toBeGreaterThanOrEqual(300);
    expect(toneHz).toBeLessThanOrEqual(3_000);
    expect(colour).toHaveLength(3);
  }
});

test("neighbours differ in id, clearly in colour, and by 250 Hz or more", () => {
  for (let bot = 0; bot + 5 < people.length; bot++) {
    for (let other = bot + 1; other <= bot + 5; other++) {
      const [one, two] = [people[bot]!, people[other]!];
      expect(one.personId).not.toBe(two.personId);
      expect(Math.abs(one.toneHz - two.toneHz)).toBeGreaterThanOrEqual(250);
      const distance = Math.hypot(...one.colour.map((value, channel) => value - two.colour[channel]!));
      expect(distance).toBeGreaterThan(60);
    }
  }
});

test("55 bots in a row have 55 tones, and there are 24 different cameras", () => {
  expect(new Set(people.slice(0, 55).map(({ toneHz }) => toneHz)).size).toBe(55);
  expect(new Set(people.map(({ personId, colour }) => `${personId} ${colour.join()}`)).size).toBe(24);
});

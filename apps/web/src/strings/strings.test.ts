import { describe, expect, it } from "vitest";

import { makeMember } from "../testing/people.ts";
import { formatDay, formatDuration } from "./formatTime.ts";
import { strings } from "./strings.ts";

describe("who is here", () => {
  it.each([
    [[], "Nobody is here yet"],
    [["Ann"], "Ann is here"],
    [["Ann", "Bo"], "Ann and Bo are here"],
    [["Ann", "Bo", "Dina"], "Ann, Bo and Dina are here"],
    [["Ann", "Bo", "Dina", "Eve", "Fay"], "Ann, Bo, Dina and 2 more are here"],
  ])("for %j reads %j", (names, sentence) => {
    expect(strings.lobby.present(names)).toBe(sentence);
  });
});

describe("the lock", () => {
  it("counts who could be decrypted when not all could", () => {
    const trust = { state: "partial", verifiedMembers: 3, mediaMembers: 4 } as const;

    expect(strings.lock.label(trust)).toBe("3 of 4 encrypted");
    expect(strings.lock.detail(trust)).toContain("never shown");
  });

  it.each(["locked", "open", "alone"] as const)("has a label and an explanation when %s", (state) => {
    const trust = { state, verifiedMembers: 0, mediaMembers: 0 };

    expect(strings.lock.label(trust)).not.toBe("");
    expect(strings.lock.detail(trust)).toMatch(/\.$/);
  });
});

describe("a tile", () => {
  it("is read out with what its picture shows", () => {
    const member = makeMember("Ann", { isSpeaking: true });

    expect(strings.tile.label(member, false)).toBe("Ann, speaking, encrypted");
    expect(strings.tile.label({ ...member, handOrder: 2 }, false)).toBe(
      "Ann, speaking, hand raised, number 2 in line, encrypted",
    );
    expect(strings.tile.label({ ...member, isSelf: true, isSpeaking: false, decryption: "plain" }, true)).toBe(
      "Ann (you), muted",
    );
  });
});

describe("a wrong clock", () => {
  it.each([
    [40_000, "about 1 minute ahead"],
    [-5 * 60_000, "about 5 minutes behind"],
    [7_300_000, "about 2 hours ahead"],
    [-86_400_000, "about 1 day behind"],
    [400 * 86_400_000, "about 400 days ahead"],
  ])("of %d ms is %s", (aheadMs, words) => {
    expect(strings.clock.wrong(aheadMs)).toContain(`is ${words}.`);
  });
});

describe("times", () => {
  it.each([
    [0, "0:00"],
    [59_999, "0:59"],
    [751_000, "12:31"],
    [3_723_000, "1:02:03"],
    [-5, "0:00"],
  ])("%d ms read %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it("name days by their distance", () => {
    const now = new Date(2026, 10, 24, 10).getTime();

    expect(formatDay(new Date(2026, 10, 24, 1).getTime(), now)).toBe("today");
    expect(formatDay(new Date(2026, 10, 23, 23).getTime(), now)).toBe("yesterday");
    expect(formatDay(new Date(2026, 10, 20).getTime(), now)).toBe("Friday");
    expect(formatDay(new Date(2025, 10, 20).getTime(), now)).toContain("2025");
  });
});

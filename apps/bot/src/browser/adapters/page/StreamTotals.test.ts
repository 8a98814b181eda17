import { beforeEach, describe, expect, it } from "vitest";

import { StreamTotals } from "./StreamTotals.ts";
import type { ContentTotal, ListedStream, StreamTotal } from "./totals.ts";

const RED = [200, 60, 60] as const;
const BLUE = [60, 60, 200] as const;
const ALICE: ListedStream = {
  userId: "@alice:x",
  displayName: "Alice",
  deviceId: "D1",
  memberId: "m1",
  kind: "video",
  isSending: true,
  isShown: true,
  keyState: "opens",
};
const SOUND: ListedStream = { ...ALICE, kind: "audio" };

let totals: StreamTotals;
beforeEach(() => {
  totals = new StreamTotals([RED, BLUE]);
});

/** A red picture of person 1. */
function show(frame: number, atMs: number, presented: number = atMs): void {
  totals.picture(ALICE.userId, { picture: { person: 1, frame, colour: RED }, presented }, atMs);
}

function showRubbish(atMs: number): void {
  totals.picture(ALICE.userId, { picture: undefined, presented: atMs }, atMs);
}

function sound(toneHz: number | undefined, ...atMs: number[]): void {
  for (const instant of atMs) totals.sound(SOUND.userId, toneHz, instant);
}

function read(atMs = 0): StreamTotal {
  return totals.read(atMs)[0]!;
}

function content(atMs = 0): ContentTotal {
  return read(atMs).contents[0]!;
}

describe("pictures", () => {
  it("are counted with the first, the last and the longest time between two", () => {
    totals.list([ALICE], 100);

    show(0, 200, 1);
    show(1, 260, 2);
    show(2, 400, 3);

    expect(content(420)).toMatchObject({ count: 3, firstAtMs: 200, lastAtMs: 400, longestGapMs: 140, missing: 0 });
    expect(read()).toMatchObject({ signalledAtMs: 100, firstKeyAtMs: 100, wasShown: true, unreadable: 0 });
  });

  it("that stop while the sender goes on are a gap up to now", () => {
    totals.list([ALICE], 0);
    show(0, 100);

    expect(content(5_100).longestGapMs).toBe(5_000);
  });

  it("whose numbers were skipped are missing, over the end of the loop too", () => {
    totals.list([ALICE], 0);

    show(147, 0, 1);
    show(149, 1, 2);
    show(2, 2, 3);

    expect(content().missing).toBe(3);
  });

  it("that were shown while nobody looked are not missing", () => {
    totals.list([ALICE], 0);

    show(10, 0, 1);
    show(14, 1, 4);

    expect(content()).toMatchObject({ count: 2, missing: 1 });
  });

  it("are counted once however often they are shown", () => {
    totals.list([ALICE], 0);

    show(10, 0, 1);
    show(10, 50, 2);

    expect(content(60)).toMatchObject({ count: 1, longestGapMs: 60 });
  });

  it("are told apart by person and by the nearest colour", () => {
    totals.list([ALICE], 0);

    show(0, 0, 1);
    totals.picture(ALICE.userId, { picture: { person: 1, frame: 1, colour: [80, 50, 190] }, presented: 2 }, 1);
    totals.picture(ALICE.userId, { picture: { person: 2, frame: 2, colour: [190, 70, 70] }, presented: 3 }, 2);

    expect(read().contents.map(({ person, count }) => [person, count])).toEqual([
      [1, 1],
      [1, 1],
      [2, 1],
    ]);
  });

  it("of a fresh encoder may be unreadable for a moment, later ones may not", () => {
    totals.list([ALICE], 0);

    showRubbish(0);
    showRubbish(1_000);
    expect(read().unreadable).toBe(0);
    show(0, 1_100);
    showRubbish(1_200);

    expect(read().unreadable).toBe(1);
  });

  it("that are never readable are told after three seconds", () => {
    totals.list([ALICE], 0);

    for (const atMs of [0, 2_000, 4_000, 6_000]) showRubbish(atMs);

    expect(read().unreadable).toBe(2);
  });

  it("of an element that is not in the list are not counted", () => {
    show(0, 0);
    totals.list([{ ...ALICE, isSending: false }], 1);
    show(1, 2);

    expect(read().contents).toEqual([]);
  });

  it("are not told of where the tile was never on the screen", () => {
    totals.list([{ ...ALICE, isShown: false }], 0);

    expect(read().wasShown).toBe(false);
  });
});

describe("a run", () => {
  beforeEach(() => {
    totals.list([ALICE], 0);
    show(0, 0, 1);
    show(1, 60, 2);
  });

  it("ends with a mute: the pause is no gap and skips no numbers", () => {
    totals.list([{ ...ALICE, isSending: false }], 100);
    totals.list([ALICE], 60_000);
    show(90, 60_100, 3);

    expect(content(60_150)).toMatchObject({ longestGapMs: 60, missing: 0, count: 3 });
  });

  it("that froze before the mute has a gap up to the mute", () => {
    totals.list([{ ...ALICE, isSending: false }], 4_060);

    expect(content(9_000).longestGapMs).toBe(4_000);
  });

  it("ends with the sender: since when a vanished one sent nothing is not known", () => {
    totals.list([], 10_060);

    expect(content(11_000).longestGapMs).toBe(60);
  });

  it("ends when the same person joins again, with another device", () => {
    totals.list([{ ...ALICE, memberId: "m2", deviceId: "D2" }], 100);
    show(50, 5_000, 1);

    expect(content(5_000)).toMatchObject({ longestGapMs: 60, missing: 0 });
    expect(read().deviceIds).toEqual(["D1", "D2"]);
  });
});

describe("sound", () => {
  beforeEach(() => totals.list([SOUND], 0));

  it("is counted by tone, to the nearest 50 Hz", () => {
    sound(703, 100, 200, 300, 400);
    sound(1_190, 500, 600, 700);

    expect(
      read(700).contents.map(({ toneHz, count, firstAtMs, lastAtMs }) => [toneHz, count, firstAtMs, lastAtMs]),
    ).toEqual([
      [700, 4, 100, 400],
      [1_200, 3, 500, 700],
    ]);
  });

  it("that does not last is no tone, but leaves a gap in the one that does", () => {
    sound(1_200, 0, 50);
    sound(700, 100, 200, 300);
    sound(1_200, 400, 500);
    sound(700, 600, 700, 800);

    expect(read(800)).toMatchObject({ silent: 2, contents: [{ toneHz: 700, count: 6, longestGapMs: 300 }] });
  });

  it("counts silence between two tones, but not before the first", () => {
    sound(undefined, 0, 100);
    sound(700, 200, 250, 300);
    sound(undefined, 400, 500);
    expect(read(500).silent).toBe(0);
    sound(700, 600, 700, 800);

    expect(read(800)).toMatchObject({ silent: 2, contents: [{ longestGapMs: 300, count: 6 }] });
  });

  it("does not take the news of a mute that comes late for silence", () => {
    sound(700, 0, 50, 100);
    sound(undefined, 200, 300, 400);
    totals.list([{ ...SOUND, isSending: false }], 450);

    expect(read(1_000).silent).toBe(0);
  });

  it("tells silence that lasts", () => {
    sound(700, 0, 50, 100);
    sound(undefined, 200, 300, 400, 500, 600, 700);

    expect(read(700).silent).toBe(6);
  });

  it("takes a silence of more than a second for a pause", () => {
    sound(700, 0, 50, 100);
    for (let atMs = 200; atMs <= 5_000; atMs += 100) sound(undefined, atMs);
    sound(700, 5_100, 5_200, 5_300);

    expect(read(5_300)).toMatchObject({ silent: 0, contents: [{ count: 6, longestGapMs: 200 }] });
  });

  it("takes a tone that is stretched for a moment for the one that it was", () => {
    sound(2_050, 0, 100, 200);
    sound(1_985, 300, 400, 500);
    sound(2_050, 600, 700, 800);

    expect(read(20_000).contents).toMatchObject([{ toneHz: 2_050, count: 9, lastAtMs: 800 }]);
  });
});

it("keeps no more streams, contents and devices than its limits", () => {
  const many = Array.from({ length: 2_000 }, (_, index) => ({ ...SOUND, userId: `@u${index}:x` }));
  totals.list(many, 0);
  for (let device = 0; device < 40; device++) totals.list([{ ...many[0]!, deviceId: `D${device}`, memberId: "m" }], 1);
  for (let tone = 1; tone < 100; tone++) for (let window = 0; window < 3; window++) totals.sound("@u0:x", tone * 50, 2);

  expect(totals.read(3)).toHaveLength(1_024);
  expect(read().contents).toHaveLength(32);
  expect(read().deviceIds).toHaveLength(16);
});

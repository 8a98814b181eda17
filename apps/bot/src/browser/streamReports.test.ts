import { describe, expect, it } from "vitest";

import { NO_FRAMES } from "../model.ts";
import type { PageTotals } from "./adapters/page/CallWatch.ts";
import type { ContentTotal, StreamTotal } from "./adapters/page/totals.ts";
import { personOf } from "./devices/personOf.ts";
import { toStreamReports } from "./streamReports.ts";

const SENDER = personOf(5);
const OTHER = personOf(6);
const NUMBERS: Readonly<Record<string, number>> = { "@five:x": 5, "@six:x": 6 };
const numberOf = (userId: string): number | undefined => NUMBERS[userId];

/** `count` pictures of a person, each measured at one pixel and exact but for `errorBy` in the red channel. */
function pictures(person: typeof SENDER, count: number, errorBy = 0): ContentTotal {
  const colour = [person.colour[0] + errorBy, person.colour[1], person.colour[2]] as const;
  return {
    person: person.id,
    toneHz: undefined,
    count,
    firstAtMs: 1_000,
    lastAtMs: 2_000,
    missing: 3,
    longestGapMs: 90,
    sums: [colour[0] * count, colour[1] * count, colour[2] * count],
    squares: [colour[0] ** 2 * count, colour[1] ** 2 * count, colour[2] ** 2 * count],
    pixels: count,
    stripError: 0,
    stripSamples: 0,
  };
}

function windows(toneHz: number, count: number): ContentTotal {
  return { ...pictures(SENDER, 0), person: undefined, toneHz, count, missing: 0 };
}

function stream(changes: Partial<StreamTotal>): StreamTotal {
  return {
    userId: "@five:x",
    displayName: "Bot 5",
    deviceIds: ["D1"],
    kind: "video",
    signalledAtMs: 500,
    firstKeyAtMs: 600,
    keyState: "opens",
    wasShown: true,
    contents: [],
    unreadable: 0,
    silent: 0,
    ...changes,
  };
}

function page(streams: readonly StreamTotal[], changes: Partial<PageTotals> = {}): PageTotals {
  const mediaBytes = { sent: 0, received: 0 };
  return { readAtMs: 9_000, ownUserId: "@me:x", streams, engine: [], sent: [], mediaBytes, calls: [], ...changes };
}

describe("toStreamReports", () => {
  it("counts the sender's pictures as good and reports when they came", () => {
    const [report] = toStreamReports([page([stream({ contents: [pictures(SENDER, 40)] })])], numberOf);

    expect(report).toEqual({
      from: 5,
      kind: "video",
      signalledAtMs: 500,
      firstKeyAtMs: 600,
      firstDecryptedAtMs: 1_000,
      lastDecryptedAtMs: 2_000,
      counts: { ...NO_FRAMES, good: 40, missing: 3 },
      keyState: "opens",
      longestGapMs: 90,
      psnrDb: 100,
    });
  });

  it("calls pictures of another person foreign, and unreadable or wrongly coloured ones spoiled", () => {
    const contents = [pictures(OTHER, 4), pictures(SENDER, 2, 60), pictures(SENDER, 9, 20)];

    const [report] = toStreamReports([page([stream({ contents, unreadable: 5 })])], numberOf);

    expect(report?.counts).toMatchObject({ good: 9, foreign: 4, spoiled: 7 });
    expect(report?.firstDecryptedAtMs).toBe(1_000);
  });

  it("reports nothing decrypted where nothing right was seen", () => {
    const [report] = toStreamReports([page([stream({ contents: [pictures(OTHER, 4)], keyState: "none" })])], numberOf);

    expect(report).not.toHaveProperty("firstDecryptedAtMs");
    expect(report).not.toHaveProperty("psnrDb");
    expect(report?.longestGapMs).toBe(0);
  });

  it("measures noise against the picture that was sent", () => {
    // An error of 10 in one of three channels: a mean square of 33.3.
    const [report] = toStreamReports([page([stream({ contents: [pictures(SENDER, 30, 10)] })])], numberOf);

    expect(report?.psnrDb).toBeCloseTo(10 * Math.log10(255 ** 2 / (100 / 3)), 5);
  });

  it("counts windows of the sender's tone as good, other tones as spoiled and silence as missing", () => {
    const contents = [windows(SENDER.toneHz, 50), windows(OTHER.toneHz, 4)];

    const [report] = toStreamReports([page([stream({ kind: "audio", contents, silent: 7 })])], numberOf);

    expect(report).toMatchObject({ toneHz: SENDER.toneHz, counts: { good: 50, spoiled: 4, missing: 7, foreign: 0 } });
  });

  it("does not blame the sender for a quarter of a second of another tone beside its own, but for nothing else than that", () => {
    const other = windows(OTHER.toneHz, 3);
    const streams = [[windows(SENDER.toneHz, 50), other], [other]].map((contents) =>
      stream({ kind: "audio", contents }),
    );
    const counts = streams.map((one) => toStreamReports([page([one])], numberOf)[0]?.counts);

    expect(counts).toMatchObject([
      { spoiled: 0, missing: 3 },
      { spoiled: 3, missing: 0 },
    ]);
  });

  it("takes failures from the frame crypto of the same track and device alone", () => {
    const counts = { decrypted: 90, missing_key: 1, auth_failed: 2, malformed: 3, replayed: 4, passthrough: 5 };
    const received = { kind: "video", direction: "receive", counts, firstAtMs: 700, lastAtMs: 1_900 } as const;
    const engine = [
      { ...received, ownerId: "camera @five:x:D1" },
      { ...received, ownerId: "camera @five:x:D2" },
      { ...received, ownerId: "microphone @five:x:D1", kind: "audio" as const },
    ];

    const [report] = toStreamReports([page([stream({})], { engine })], numberOf);

    expect(report).toMatchObject({
      firstPacketAtMs: 700,
      lastPacketAtMs: 1_900,
      counts: { missingKey: 1, authFailed: 2, malformed: 3, replayed: 4, plaintext: 5 },
    });
  });

  it("leaves out strangers and videos that were never on the screen", () => {
    const streams = [stream({ userId: "@stranger:x" }), stream({ userId: "@six:x", wasShown: false })];

    expect(toStreamReports([page(streams)], numberOf)).toEqual([]);
  });

  it("adds up what several pages saw of the same sender", () => {
    const first = stream({ contents: [pictures(SENDER, 10)], firstKeyAtMs: 600 });
    const later = { ...pictures(SENDER, 5), firstAtMs: 7_000, lastAtMs: 8_000, longestGapMs: 400 };
    const second = stream({ contents: [later], signalledAtMs: 6_000, firstKeyAtMs: undefined, keyState: "none" });

    const reports = toStreamReports([page([first]), page([second])], numberOf);

    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      signalledAtMs: 500,
      firstKeyAtMs: 600,
      firstDecryptedAtMs: 1_000,
      lastDecryptedAtMs: 8_000,
      longestGapMs: 400,
      keyState: "opens",
      counts: { good: 15, missing: 6 },
    });
  });
});

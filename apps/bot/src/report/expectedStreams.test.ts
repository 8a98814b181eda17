import { describe, expect, it } from "vitest";

import { expectedStreams } from "./expectedStreams.ts";
import { changeBot, START_MS, type SyntheticBot, syntheticBots } from "./testing/syntheticSwarm.ts";

const endMs = START_MS + 60_000;

function pairsOf(specs: readonly SyntheticBot[], graceMs?: number): string[] {
  const options = graceMs === undefined ? { endMs } : { endMs, graceMs };
  return expectedStreams(syntheticBots(specs), options).map(
    ({ receiver, sender, kind }) => `${receiver}<${sender} ${kind}`,
  );
}

describe("expectedStreams", () => {
  it("expects each other bot to decrypt what is sent, and nobody itself", () => {
    expect(pairsOf([{ talks: true, films: true }, { talks: true }, {}])).toEqual([
      "0<1 audio",
      "1<0 audio",
      "1<0 video",
      "2<0 audio",
      "2<0 video",
      "2<1 audio",
    ]);
  });

  it("expects nothing of an encounter that is not longer than the grace", () => {
    const specs = [
      { talks: true, askedMs: 0 },
      { askedMs: 10_000, leftMs: 12_500 },
    ];
    expect(pairsOf(specs)).toEqual([]);
    expect(pairsOf(specs, 1000)).toEqual(["1<0 audio"]);
  });

  it("does not add up encounters that are each too short", () => {
    const bots = syntheticBots([{ talks: true, askedMs: 0 }, { askedMs: 10_000 }]);
    const stays = [10_000, 20_000].map((ms) => ({
      askedAtMs: START_MS + ms,
      joinedAtMs: START_MS + ms,
      leftAtMs: START_MS + ms + 2000,
      marks: {},
    }));
    expect(expectedStreams(changeBot(bots, 1, { stays }), { endMs })).toEqual([]);
  });

  it("gives bots that are slow on purpose more time", () => {
    const stay = { askedMs: 10_000, leftMs: 20_000 };
    const sender = { talks: true, askedMs: 0 };
    expect(pairsOf([sender, stay])).toEqual(["1<0 audio"]);
    expect(pairsOf([sender, { ...stay, manners: "late_reader" }])).toEqual([]);
    expect(pairsOf([sender, { ...stay, leftMs: 50_000, manners: "late_reader" }])).toEqual(["1<0 audio"]);
  });

  it("expects nobody to read junk or frames without a key, but sabotage counts", () => {
    expect(pairsOf([{ talks: true, manners: "junk_sender" }, {}])).toEqual([]);
    expect(pairsOf([{ talks: true, manners: "key_withholder" }, {}])).toEqual([]);
    expect(pairsOf([{ talks: true, sabotage: "encryption_off" }, {}])).toEqual(["1<0 audio"]);
  });

  it("expects a silent leaver to decrypt up to its leave only", () => {
    const bots = syntheticBots([
      { talks: true, askedMs: 0 },
      { askedMs: 500, manners: "silent_leaver", leftMs: 30_000 },
    ]);
    expect(expectedStreams(bots, { endMs })[0]?.spans.at(-1)?.toMs).toBe(START_MS + 30_000);
  });

  it("expects nothing of a bot after its crash, nor of one that never got in", () => {
    const bots = syntheticBots([{ talks: true, askedMs: 0 }, { askedMs: 0 }]);
    const crash = { atMs: START_MS + 2000, bot: 1, code: "crashed", sentence: "It is gone." };
    expect(expectedStreams(changeBot(bots, 1, { findings: [crash] }), { endMs })).toEqual([]);
    expect(expectedStreams(changeBot(bots, 1, { stays: [{ askedAtMs: START_MS, marks: {} }] }), { endMs })).toEqual([]);
  });
});

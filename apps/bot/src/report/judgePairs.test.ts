import { describe, expect, it } from "vitest";

import type { BotReport } from "../model.ts";
import { judgePairs, type Judgement } from "./judgePairs.ts";
import { Swarm } from "./Swarm.ts";
import { changeBot, changeStream, START_MS, syntheticBots } from "./testing/syntheticSwarm.ts";

const END_MS = START_MS + 60_000;

/** Six bots of which 0, 1 and 2 talk and 0 films, so each talker has five receivers. */
function six(): BotReport[] {
  return syntheticBots([{ talks: true, films: true }, { talks: true }, { talks: true }, {}, {}, {}]);
}

function judge(bots: readonly BotReport[]): Judgement {
  return judgePairs(new Swarm(bots, { endMs: END_MS }));
}

function told(bots: readonly BotReport[]): { cause: string; side: string; sentence: string }[] {
  return judge(bots).faults.map(({ cause, side, sentence }) => ({ cause, side, sentence }));
}

const NOTHING_DECRYPTED = { firstDecryptedAtMs: undefined, lastDecryptedAtMs: undefined, delayMs: undefined };

describe("judgePairs", () => {
  it("finds nothing where every expected stream was decrypted", () => {
    const { pairs, faults } = judge(six());
    expect(pairs).toHaveLength(20);
    expect(pairs.every(({ verdict }) => verdict === "good")).toBe(true);
    expect(faults).toEqual([]);
  });

  it("blames a sender whose frames fail at everybody", () => {
    const bots = changeStream(six(), "any", 1, { counts: { good: 2970, authFailed: 30 } });
    expect(told(bots)).toEqual([
      {
        cause: "auth_failed",
        side: "sender",
        sentence:
          "Nobody could decrypt all of bot 1's sound: 1 % of its frames fail authentication at all 5 receivers, so bot 1 damages them.",
      },
    ]);
  });

  it("blames a receiver at which everybody's frames fail", () => {
    const bots = changeStream(six(), 4, "any", { counts: { good: 2970, authFailed: 30 } });
    expect(told(bots)).toEqual([
      {
        cause: "auth_failed",
        side: "receiver",
        sentence:
          "Bot 4 could not decrypt all of the sound and picture of bots 0, 1 and 2: 1 % of its frames fail authentication, as do those of nearly everybody else there, so the receiver damages them.",
      },
    ]);
  });

  it("blames the way between two if only they have the fault", () => {
    const bots = changeStream(six(), 4, 1, { counts: { good: 2970, malformed: 30 } });
    expect(told(bots)).toEqual([
      {
        cause: "auth_failed",
        side: "sfu",
        sentence:
          "Bot 4 could not decrypt all of bot 1's sound: 1 % of its frames fail authentication, while 4 other receivers could, so they are damaged between the two.",
      },
    ]);
  });

  it("names a sender that sends without encryption", () => {
    const bots = changeStream(six(), "any", 0, {
      ...NOTHING_DECRYPTED,
      counts: { good: 0, plaintext: 10 },
      keyState: "held",
    });
    expect(told(bots)).toEqual([
      {
        cause: "plaintext",
        side: "sender",
        sentence:
          "Bot 0 sends without encryption: 100 frames of bot 0's sound and picture arrived readable without any key at all 5 receivers.",
      },
    ]);
  });

  it("names one lost key message, because others have the key", () => {
    const bots = changeStream(six(), 5, 2, {
      ...NOTHING_DECRYPTED,
      firstKeyAtMs: undefined,
      counts: { good: 0, missingKey: 2900 },
      keyState: "none",
    });
    expect(told(bots)).toEqual([
      {
        cause: "no_key",
        side: "homeserver",
        sentence:
          "Bot 5 could not decrypt bot 2's sound: packets came, but no key; 4 other receivers had it, so the key message to bot 5 was lost.",
      },
    ]);
  });

  it("names a sender that sent no key to anybody", () => {
    const keyless = changeStream(six(), "any", 2, {
      ...NOTHING_DECRYPTED,
      firstKeyAtMs: undefined,
      counts: { good: 0, missingKey: 2900 },
      keyState: "none",
    });
    const bots = changeBot(keyless, 2, { keys: { created: 1, sent: 0, installed: 5, rejected: {} } });
    expect(told(bots)).toMatchObject([
      {
        cause: "no_key",
        side: "sender",
        sentence: "Nobody could decrypt bot 2's sound: packets came, but no key; bot 2 sent no key to anybody.",
      },
    ]);
  });

  it("names a receiver that rejected the key", () => {
    const keyless = changeStream(six(), 5, 2, {
      ...NOTHING_DECRYPTED,
      firstKeyAtMs: undefined,
      counts: { good: 0, missingKey: 2900 },
      keyState: "none",
    });
    const bots = changeBot(keyless, 5, { keys: { created: 1, sent: 5, installed: 2, rejected: { not_a_member: 3 } } });
    expect(told(bots)[0]?.sentence).toContain("bot 5 rejected 3 key messages.");
  });

  it("tells a key that was missing in the middle from the wait for the first", () => {
    const waiting = changeStream(six(), 5, 2, { counts: { missingKey: 8 } });
    expect(told(waiting)).toEqual([]);
    const lost = changeStream(six(), 5, 2, { counts: { missingKey: 500 } });
    expect(told(lost)).toMatchObject([
      {
        cause: "no_key",
        sentence: expect.stringMatching(/^Bot 5 lacked a key of bot 2's sound: 4\d\d frames came under/) as string,
      },
    ]);
    const counted = changeStream(six(), 5, 2, { counts: { missingKey: 500 }, undecryptableAfterKey: 12 });
    expect(told(counted)[0]?.sentence).toContain("12 frames came under a key that had not arrived");
  });

  it("does not hold keys that come late against the stack where mail is read late, if reading goes on", () => {
    const late = changeBot(changeStream(six(), 5, 2, { undecryptableAfterKey: 300, counts: { missingKey: 300 } }), 5, {
      manners: "late_reader",
    });
    expect(told(late)).toEqual([]);
    const stuck = changeStream(late, 5, 2, { lastDecryptedAtMs: START_MS + 20_000 });
    expect(told(stuck)).toMatchObject([{ cause: "no_key" }]);
  });

  it("tells a key that opens nothing from a damaged frame", () => {
    const wrong = { ...NOTHING_DECRYPTED, counts: { good: 0, authFailed: 2900 }, keyState: "wrong" } as const;
    expect(told(changeStream(six(), "any", 1, wrong))).toMatchObject([
      {
        cause: "wrong_key",
        side: "sender",
        sentence: expect.stringContaining("so bot 1 encrypts with another key") as string,
      },
    ]);
    expect(told(changeStream(six(), 3, 1, wrong))).toMatchObject([
      { cause: "wrong_key", sentence: expect.stringContaining("while 4 other receivers had the right key") as string },
    ]);
  });

  it("names one subscription that the SFU never served, and one that it dropped", () => {
    const never = { ...NOTHING_DECRYPTED, firstPacketAtMs: undefined, lastPacketAtMs: undefined, counts: { good: 0 } };
    expect(told(changeStream(six(), 3, 1, never))).toEqual([
      {
        cause: "no_packets",
        side: "sfu",
        sentence:
          "No packet of bot 1's sound came to bot 3, though it was announced: 4 other receivers got them, so the SFU does not forward this one subscription.",
      },
    ]);
    const dropped = { lastPacketAtMs: END_MS - 20_000, lastDecryptedAtMs: END_MS - 20_000 };
    expect(told(changeStream(six(), 3, 1, dropped))).toEqual([
      {
        cause: "no_packets",
        side: "sfu",
        sentence:
          "Packets of bot 1's sound stopped coming to bot 3, 20 s before the sender ended: 4 other receivers got them, so the SFU does not forward this one subscription.",
      },
    ]);
  });

  it("blames a sender that made no frames", () => {
    const silent = changeStream(six(), "any", 1, {
      ...NOTHING_DECRYPTED,
      firstPacketAtMs: undefined,
      lastPacketAtMs: undefined,
      counts: { good: 0 },
    });
    const bots = silent.map((bot) =>
      bot.number === 1 ? { ...bot, sent: bot.sent.map((interval) => ({ ...interval, frames: 0 })) } : bot,
    );
    expect(told(bots)).toMatchObject([{ cause: "no_packets", side: "sender" }]);
  });

  it("tells a track that is not announced from a member that is not seen", () => {
    const unannounced = {
      ...NOTHING_DECRYPTED,
      signalledAtMs: undefined,
      firstPacketAtMs: undefined,
      lastPacketAtMs: undefined,
      counts: { good: 0 },
    };
    expect(told(changeStream(six(), 3, 1, unannounced))).toEqual([
      {
        cause: "not_announced",
        side: "sfu",
        sentence: "The SFU never announced bot 1's sound to bot 3: 4 other receivers were told of it.",
      },
    ]);
    expect(told(changeStream(six(), 3, 1, "nothing"))).toEqual([
      {
        cause: "not_signalled",
        side: "homeserver",
        sentence:
          "Bot 3 never saw bot 1 as a member with sound: 4 other receivers did, so the homeserver did not tell this one.",
      },
    ]);
    expect(told(changeStream(six(), "any", 1, "nothing"))).toMatchObject([{ cause: "not_signalled", side: "sender" }]);
    expect(told(changeStream(six(), 3, "any", "nothing"))).toMatchObject([
      { cause: "not_signalled", side: "receiver" },
    ]);
  });

  it("knows a track that is not announced by the sender's other track", () => {
    const bots = six().map((bot) =>
      bot.number === 3
        ? { ...bot, received: bot.received.filter(({ from, kind }) => from !== 0 || kind === "audio") }
        : bot,
    );
    expect(told(bots)).toMatchObject([
      { cause: "not_announced", sentence: expect.stringContaining("bot 0's picture") as string },
    ]);
  });

  it.each([
    ["spoiled", "sender", "Bot 1 spoils"],
    ["foreign", "sfu", "made by another bot: the SFU names the wrong owner of it."],
    ["replayed", "sender", "came a second time at all 5 receivers"],
  ] as const)("names frames that are %s", (name, side, words) => {
    const [fault] = told(changeStream(six(), "any", 1, { counts: { [name]: 500 } }));
    expect(fault).toMatchObject({ cause: name, side });
    expect(fault?.sentence.toLowerCase()).toContain(words.toLowerCase());
  });

  it("says what a late stream waited for", () => {
    const fromMs = START_MS + 3000;
    const late = { firstPacketAtMs: fromMs + 100, firstKeyAtMs: fromMs + 9000, firstDecryptedAtMs: fromMs + 9010 };
    expect(told(changeStream(six(), 3, 1, late))).toMatchObject([
      {
        cause: "late",
        side: "homeserver",
        sentence: expect.stringContaining("so a key message was late or lost at first") as string,
      },
    ]);
    const slow = { firstPacketAtMs: fromMs + 9000, firstKeyAtMs: fromMs + 100, firstDecryptedAtMs: fromMs + 9010 };
    expect(told(changeStream(six(), 3, 1, slow))).toMatchObject([
      { cause: "late", side: "sfu", sentence: expect.stringContaining("the first packet came only after") as string },
    ]);
  });

  it("tells holes, and what they are made of", () => {
    expect(told(changeStream(six(), 3, 1, { longestGapMs: 4500, counts: { missing: 225 } }))).toMatchObject([
      { cause: "gaps", sentence: "Bot 1's sound had a hole of up to 4.5 s at bot 3: 225 frames never arrived." },
    ]);
  });

  it("does not hold a bad network's holes against the stack", () => {
    const bots = changeBot(changeStream(six(), 3, 1, { longestGapMs: 4500 }), 3, { manners: "slow_network" });
    expect(told(bots)).toEqual([]);
  });

  it("blames nobody in particular for what happens everywhere", () => {
    const bots = changeStream(six(), "any", "any", {
      ...NOTHING_DECRYPTED,
      firstPacketAtMs: undefined,
      lastPacketAtMs: undefined,
      counts: { good: 0 },
    });
    expect(told(bots)).toMatchObject([
      {
        cause: "no_packets",
        side: "sfu",
        sentence: expect.stringContaining("the SFU forwards next to nothing") as string,
      },
    ]);
  });

  it("does not hold against a silent leaver what it cannot read after it left", () => {
    const bots = syntheticBots([{ talks: true }, {}, { manners: "silent_leaver", leftMs: 30_000 }]);
    const listening = changeStream(bots, 2, 0, { counts: { missingKey: 1500, authFailed: 3 }, keyState: "wrong" });
    expect(told(listening)).toEqual([]);
  });
});

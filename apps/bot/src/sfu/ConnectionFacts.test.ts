import type { SfuParticipant } from "@conclave/call";
import { Scope } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { ConnectionFacts } from "./ConnectionFacts.ts";

const BOB: SfuParticipant = { identity: "bob", publications: [], isSpeaking: true, audioLevel: 1, quality: "good" };

let facts: ConnectionFacts;
let reads: number;
let reasons: string[];
beforeEach(() => {
  reads = 0;
  reasons = [];
  facts = new ConnectionFacts(() => {
    reads += 1;
    return { participants: [BOB], ownIsSpeaking: true };
  });
  facts.ended.on(new Scope(), ({ reason }) => reasons.push(reason));
});

describe("ConnectionFacts", () => {
  it("connects to nobody at first", () => {
    expect(facts.state.get()).toBe("connecting");
    expect(facts.participants.get()).toEqual([]);
    expect(facts.ownIsSpeaking.get()).toBe(false);
  });

  it("reads people once for all events of a task, and again for those of the next", async () => {
    facts.queueRead();
    facts.queueRead();
    expect(reads).toBe(0);
    await settlePromises();
    expect(reads).toBe(1);
    expect([facts.participants.get(), facts.ownIsSpeaking.get()]).toEqual([[BOB], true]);

    facts.queueRead();
    await settlePromises();

    expect(reads).toBe(2);
  });

  it("ends once, with nobody there any more", () => {
    facts.read();

    expect([facts.end("removed"), facts.end("left")]).toEqual([true, false]);
    expect(reasons).toEqual(["removed"]);
    expect([facts.state.get(), facts.participants.get()]).toEqual(["ended", []]);
  });

  it("stays as it was when it ended", async () => {
    facts.queueRead();
    facts.end("failed");
    facts.setState("connected");
    facts.read();
    await settlePromises();

    expect(reads).toBe(0);
    expect([facts.state.get(), facts.participants.get()]).toEqual(["ended", []]);
  });
});

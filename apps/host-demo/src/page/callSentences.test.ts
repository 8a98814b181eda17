import { describe, expect, it } from "vitest";

import { type CallEvent, callSentences } from "./callSentences.ts";

const [ANN, BO] = ["@ann:hs", "@bo:hs"];
const SENT_AT_MS = 1_000_000;
const LIFETIME_MS = 30_000;

let nextId = 0;

function event(type: string, sender: string, content: object = {}, sentAtMs: number = SENT_AT_MS): CallEvent {
  const name = sender === ANN ? "Ann" : "Bo";
  return { id: `$${nextId++}`, type, sender, name, content: { ...content }, sentAtMs };
}

const ring = (content: object = {}): CallEvent =>
  event("org.matrix.msc4075.rtc.notification", ANN, {
    notification_type: "ring",
    lifetime: LIFETIME_MS,
    ...content,
  });
const join = (sender: string, atMs: number): CallEvent =>
  event("org.matrix.msc3401.call.member", sender, { application: "m.call" }, atMs);
const decline = (of: CallEvent): CallEvent =>
  event("org.matrix.msc4310.rtc.decline", BO, { "m.relates_to": { rel_type: "m.reference", event_id: of.id } });

/** What Bo reads, and what Ann does, some time after the first event. */
function read(events: readonly CallEvent[], afterMs: number): readonly [readonly string[], readonly string[]] {
  const at = SENT_AT_MS + afterMs;
  return [
    [...callSentences(events, BO, at).sentences.values()],
    [...callSentences(events, ANN, at).sentences.values()],
  ];
}

describe("a call is told as a sentence", () => {
  it("when it only was started", () => {
    expect(read([ring({ notification_type: "notification" })], 0)).toEqual([
      ["Ann started a call"],
      ["You started a call"],
    ]);
  });

  it("while it rings, and when it was missed", () => {
    const events = [join(ANN, SENT_AT_MS), ring()];

    expect(read(events, LIFETIME_MS - 1)).toEqual([["Ann is calling"], ["You are calling"]]);
    expect(read(events, LIFETIME_MS)).toEqual([["Missed call from Ann"], ["You called, and nobody picked up"]]);
  });

  it("when somebody came", () => {
    const events = [ring(), join(BO, SENT_AT_MS + 1)];

    expect(read(events, LIFETIME_MS * 2)).toEqual([["Ann called"], ["You called"]]);
  });

  it("when somebody said no", () => {
    const called = ring();

    expect(read([called, decline(called)], LIFETIME_MS * 2)).toEqual([
      ["Ann called", "You declined the call"],
      ["You called", "Bo declined the call"],
    ]);
  });

  it("as missed, although somebody came to a later call and declined another", () => {
    const events = [ring(), decline(ring()), join(BO, SENT_AT_MS + LIFETIME_MS + 1)];

    expect(read(events, LIFETIME_MS * 2)[0][0]).toBe("Missed call from Ann");
  });

  it("as missed, although a membership has ended meanwhile", () => {
    const events = [ring(), event("org.matrix.msc3401.call.member", BO, {}, SENT_AT_MS + 1)];

    expect(read(events, LIFETIME_MS)[0]).toEqual(["Missed call from Ann"]);
  });

  it.each([{ lifetime: -1 }, { lifetime: "long" }, { lifetime: 1e12 }])("and not for ever with %j", (content) => {
    expect(read([ring(content)], 120_000)[0]).toEqual(["Missed call from Ann"]);
  });
});

it("says when it has to be told anew", () => {
  const events = [ring(), ring({ lifetime: 10_000 })];

  expect(callSentences(events, BO, SENT_AT_MS).changesAtMs).toBe(SENT_AT_MS + 10_000);
  expect(callSentences(events, BO, SENT_AT_MS + LIFETIME_MS).changesAtMs).toBeUndefined();
});

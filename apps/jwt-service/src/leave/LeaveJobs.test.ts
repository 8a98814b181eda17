import { silentLogger, type Logger, type LogFields } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { FakeDelayedEvents } from "../testing/FakeDelayedEvents.ts";
import { FakeJobStore } from "../testing/FakeJobStore.ts";
import { FakeSfuRooms } from "../testing/FakeSfuRooms.ts";
import type { LeaveJob } from "./LeaveJob.ts";
import { LeaveJobs, type JobSignal } from "./LeaveJobs.ts";

const ALICE: LeaveJob = { room: "room", identity: "alice", serverName: "example.com", delayId: "d1", delayMs: 10_000 };
const joined = { type: "participantJoined", sid: "PA_1" } as const;
const left = { type: "participantLeft", cause: "other", sid: "PA_1" } as const;

let clock: FakeClock;
let sfu: FakeSfuRooms;
let events: FakeDelayedEvents;
let store: FakeJobStore;
let signals: JobSignal[];
let sanityMs: number;
let errors: LogFields[];

beforeEach(() => {
  clock = new FakeClock();
  sfu = new FakeSfuRooms();
  events = new FakeDelayedEvents();
  store = new FakeJobStore();
  signals = [];
  sanityMs = 0;
  errors = [];
});

function open(): LeaveJobs {
  const logger: Logger = { ...silentLogger, error: (message, fields) => void errors.push({ message, ...fields }) };
  return new LeaveJobs({
    clock,
    logger,
    random: () => 0.5,
    delayedEvents: events,
    participants: sfu,
    store,
    sanityIntervalMs: () => sanityMs,
    onSignal: (signal) => void signals.push(signal),
  });
}

describe("LeaveJobs", () => {
  it("keeps the leave alive while the participant is there and sends it when it is gone", async () => {
    const jobs = open();
    await jobs.delegate(ALICE);
    jobs.tell(ALICE, joined);
    await clock.advance(17_000);
    jobs.tell(ALICE, left);
    await settlePromises();

    expect(events.actionsOf("d1")).toEqual(["restart", "restart", "restart", "send"]);
    expect([store.entries.size, clock.pendingTimers, signals]).toEqual([0, 0, [{ is: "ended", how: "sent" }]]);
  });

  it("notices without any webhook that somebody came and went", async () => {
    sanityMs = 1500;
    const jobs = open();
    sfu.put(ALICE);
    await jobs.delegate(ALICE);
    await clock.advance(1000);
    sfu.take(ALICE);
    await clock.advance(2000);

    expect(events.actionsOf("d1")).toEqual(["restart", "send"]);
    expect(signals).toContainEqual({ is: "foundWithoutWebhook" });
  });

  it("leaves a job that was replaced alone, and keeps the place of the new one", async () => {
    const jobs = open();
    await jobs.delegate(ALICE);
    await jobs.delegate({ ...ALICE, delayId: "d2" });
    jobs.tell(ALICE, joined);
    await clock.advance(20_000);
    jobs.tell(ALICE, left);
    await settlePromises();

    expect(events.actionsOf("d1")).toEqual([]);
    expect(events.actionsOf("d2").at(-1)).toBe("send");
  });

  it("says in metrics and log that a leave could not be kept alive", async () => {
    events.answer = () => Promise.resolve({ is: "failed", reason: "status 502" });
    const jobs = open();
    await jobs.delegate(ALICE);
    jobs.tell(ALICE, joined);
    await clock.advance(10_001);

    expect(signals.at(-1)).toEqual({ is: "ended", how: "lost" });
    expect(signals).toContainEqual({ is: "callFailed", action: "restart" });
    expect(errors).toMatchObject([{ how: "lost", server: "example.com" }]);
    expect(events.actionsOf("d1")).not.toContain("send");
  });

  it("sends during an outage of the homeserver as soon as it is over", async () => {
    const jobs = open();
    await jobs.delegate(ALICE);
    jobs.tell(ALICE, joined);
    await settlePromises();
    events.answer = () => Promise.reject(new Error("down"));
    jobs.tell(ALICE, left);
    await clock.advance(2000);
    events.answer = () => Promise.resolve({ is: "done" });
    await clock.advance(3000);

    expect(signals.at(-1)).toEqual({ is: "ended", how: "sent" });
  });

  it("goes on after its process died at any moment: none lost", async () => {
    const people = Array.from({ length: 50 }, (_, index) => ({
      ...ALICE,
      identity: `p${index}`,
      delayId: `d${index}`,
    }));
    const first = open();
    for (const person of people) await first.delegate(person);
    for (const person of people.slice(0, 30)) first.tell(person, joined);
    // The process dies while the leaves of ten are on their way.
    events.answer = ({ action }) => (action === "send" ? new Promise(() => {}) : Promise.resolve({ is: "done" }));
    for (const person of people.slice(0, 10)) first.tell(person, left);
    await settlePromises();
    first.close();

    events.answer = () => Promise.resolve({ is: "done" });
    for (const person of people.slice(10, 30)) sfu.put(person);
    const second = open();
    await second.restore();
    for (const person of people.slice(30)) second.tell(person, joined);
    await clock.advance(10_000);

    const isSent = (person: LeaveJob): boolean => events.actionsOf(person.delayId).includes("send");
    expect(people.slice(0, 10).every(isSent)).toBe(true);
    expect(people.slice(10).some(isSent)).toBe(false);
    expect(second.counts).toEqual({ waiting: 0, connected: 40, leaving: 0 });
    expect(store.entries.size).toBe(40);
  });

  it("deletes what expired while it was away, without a call", async () => {
    await open().delegate(ALICE);
    await clock.advance(1);
    const entries = new Map(store.entries);
    await clock.advance(30_000);
    store.entries.clear();
    for (const [field, value] of entries) store.entries.set(field, value);
    events.calls.length = 0;

    const later = open();
    await later.restore();
    await clock.advance(30_000);

    expect([store.entries.size, events.calls]).toEqual([0, []]);
  });

  it("works on while the store is broken, says so, and can store everything again", async () => {
    const jobs = open();
    store.isBroken = true;
    await jobs.delegate(ALICE);
    jobs.tell(ALICE, joined);
    await settlePromises();

    expect(events.actionsOf("d1")).toEqual(["restart"]);
    expect(errors.length).toBeGreaterThan(0);
    expect(jobs.stored).toEqual([{ ...ALICE, restartedAtMs: clock.nowMs() }]);
  });

  it("leaves no timer behind", async () => {
    const jobs = open();
    await jobs.delegate(ALICE);
    jobs.close();

    expect([clock.pendingTimers, store.entries.size]).toEqual([0, 1]);
  });
});

import { CallError, type CallState } from "@conclave/call";
import type { EventId, UserId } from "@conclave/matrix-rtc";
import { Scope } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { FakeCall } from "../testing/FakeCall.ts";
import { makeGate } from "../testing/makeGate.ts";
import { FakeCallService } from "../testing/FakeCallService.ts";
import { RoomFlow } from "./RoomFlow.ts";

const REQUEST = { displayName: "alice", microphone: undefined, camera: undefined };

let service: FakeCallService;
let clock: FakeClock;
let scope: Scope;

beforeEach(() => {
  service = new FakeCallService();
  clock = new FakeClock();
  scope = new Scope();
});

afterEach(() => scope.end());

describe("the lobby", () => {
  it("shows who is there as soon as the room has come", async () => {
    const flow = open();
    await settlePromises();
    const before = flow.lobby.get();

    service.lobby.set({ roomName: "Family", isEncrypted: true, members: [] });
    await settlePromises();

    expect(before).toBeUndefined();
    expect(flow.lobby.get()?.roomName).toBe("Family");
  });

  it("takes a press on Join before the room is open", async () => {
    const gate = makeGate();
    service.opening = gate.opened;
    const flow = open();

    const joining = flow.join(REQUEST);
    const meanwhile = flow.phase.get();
    gate.open();
    await joining;

    expect(meanwhile).toEqual({ name: "joining", step: "account" });
    expect(flow.phase.get().name).toBe("call");
  });

  it("becomes a page about the problem when the room cannot be opened, and tries again", async () => {
    service.openFailure = new CallError("room_not_found", "no such alias");
    const flow = open();
    await settlePromises();
    const first = flow.phase.get();

    service.openFailure = undefined;
    flow.retry();
    await settlePromises();

    expect(first).toMatchObject({ name: "problem", problem: { code: "room_not_found" } });
    expect(flow.phase.get()).toEqual({ name: "lobby", problem: undefined });
  });
});

describe("joining", () => {
  it("names each step", async () => {
    const flow = open();
    await settlePromises();
    const gate = makeGate();
    const join = service.openRoom.bind(service);
    service.openRoom = async () => ({ ...(await join()), join: () => gate.opened.then(() => service.call) });
    flow.retry();
    void flow.join(REQUEST);
    await settlePromises();

    service.joining.set({ phase: "joining", step: "announcing" });
    await settlePromises();

    expect(flow.phase.get()).toEqual({ name: "joining", step: "announcing" });
    gate.open();
  });

  it("happens once, however often Join is pressed", async () => {
    const flow = open();

    await Promise.all([flow.join(REQUEST), flow.join(REQUEST)]);

    expect(service.joins).toHaveLength(1);
  });

  it("goes back to the lobby with the reason when it fails", async () => {
    service.joinFailure = new CallError("sfu_full", "no place", { retryable: true });
    const flow = open();

    await flow.join(REQUEST);

    expect(flow.phase.get()).toMatchObject({ name: "lobby", problem: { code: "sfu_full", isRetryable: true } });
  });
});

describe("somebody who calls", () => {
  it("is shown, and can be told no", async () => {
    const flow = open();
    await settlePromises();
    service.ring.set({
      notificationId: "$r" as EventId,
      caller: "@ann:hs" as UserId,
      callerName: "Ann",
      kind: "ring",
      intent: undefined,
      endsAtMs: 0,
    });
    await settlePromises();
    const before = flow.ring.get()?.callerName;

    await flow.decline();
    await settlePromises();

    expect([before, flow.ring.get()]).toEqual(["Ann", undefined]);
  });
});

describe("the call", () => {
  it("says why it was left by itself", async () => {
    const flow = open();
    await flow.join(REQUEST);

    service.call.state.set({ phase: "left", because: "timed_out" });
    await settlePromises();

    expect(flow.phase.get()).toMatchObject({ name: "after", problem: undefined, because: "timed_out" });
  });

  it("stays the same page while it reconnects", async () => {
    const flow = open();
    await flow.join(REQUEST);
    const joined = flow.phase.get();

    service.call.state.set({ phase: "reconnecting", cause: "sfu", since: clock.nowMs() });
    await settlePromises();
    service.call.state.set({ phase: "joined" });
    await settlePromises();

    expect(flow.phase.get()).toBe(joined);
  });

  it("ends with its duration when one leaves", async () => {
    const flow = open();
    await flow.join(REQUEST);
    await clock.advance(65_000);

    flow.leave();
    await settlePromises();

    expect(flow.phase.get()).toEqual({ name: "after", durationMs: 65_000, problem: undefined });
  });

  it("ends with the reason when it fails", async () => {
    const failed: CallState = { phase: "failed", error: new CallError("sfu_removed", "kicked") };
    const flow = open();
    await flow.join(REQUEST);

    service.call.state.set(failed);
    await settlePromises();

    expect(flow.phase.get()).toMatchObject({ name: "after", problem: { code: "sfu_removed" } });
  });

  it("can be joined again afterwards", async () => {
    const flow = open();
    await flow.join(REQUEST);
    flow.leave();
    await settlePromises();
    service.call = new FakeCall();

    flow.rejoin();
    await flow.join(REQUEST);

    expect(flow.phase.get()).toMatchObject({ name: "call", call: service.call });
  });

  it("is left when the page goes away", async () => {
    const flow = open();
    await flow.join(REQUEST);

    await scope.end();

    expect(service.call.told).toContain("leave");
  });
});

function open(): RoomFlow {
  return new RoomFlow({ service, clock }, "abcd-efgh-jkm", scope);
}

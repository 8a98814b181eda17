import { settlePromises } from "@conclave/kit/testing";
import { MatrixRtcError } from "@conclave/matrix-rtc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Call } from "./model.ts";
import { fakeTrack, TestCall } from "./testing/index.ts";

let test: TestCall;
beforeEach(() => {
  test = new TestCall();
});
afterEach(() => test.end());

function seenBy(call: Call): object {
  const told = call.members.get().map(({ displayName, handOrder, reaction }) => [displayName, handOrder ?? reaction]);
  return Object.fromEntries(told) as object;
}

describe.each([true, false])("hands and emojis, encrypted: %s", (isEncrypted) => {
  beforeEach(() => {
    test = new TestCall({ isEncrypted });
  });

  it("are seen on everybody's members, in the order of the queue, also by who comes later", async () => {
    const alice = await test.join("alice");
    const bob = await test.join("bob");
    await bob.call.raiseHand();
    await test.clock.advance(100);
    await alice.call.raiseHand();
    await settlePromises();

    const carol = await test.join("carol");
    await test.clock.advance(1_500);

    for (const { call } of [alice, bob, carol]) {
      expect(seenBy(call)).toEqual({ alice: 2, bob: 1, carol: undefined });
      expect(call.hands.get().map(({ memberId }) => JSON.parse(memberId)[1] as string)).toEqual(["BOBDEV", "ALICEDEV"]);
    }
    await bob.call.lowerHand();
    await settlePromises();
    expect(seenBy(carol.call)).toEqual({ alice: 1, bob: undefined, carol: undefined });
  });

  it("show an emoji for three seconds", async () => {
    const alice = await test.join("alice");
    const bob = await test.join("bob");

    await alice.call.react("🎉");
    await settlePromises();
    const shown = [seenBy(alice.call), seenBy(bob.call)];
    await test.clock.advance(3_000);

    expect(shown).toEqual([
      { alice: "🎉", bob: undefined },
      { alice: "🎉", bob: undefined },
    ]);
    expect(seenBy(bob.call)).toEqual({ alice: undefined, bob: undefined });
  });
});

describe("a call", () => {
  it("keeps a hand up when it says anew what it is for", async () => {
    const alice = await test.join("alice");
    const bob = await test.join("bob");
    await alice.call.raiseHand();
    const before = alice.user.requests.filter((request) => request === "sendState").length;

    await alice.call.setIntent("video");
    await test.settle();

    expect(alice.user.requests.filter((request) => request === "sendState")).toHaveLength(before + 1);
    expect(seenBy(bob.call)).toEqual({ alice: 1, bob: undefined });
  });

  it("does not say anew what it is for when a camera is switched", async () => {
    const alice = await test.join("alice", { camera: fakeTrack("video") });
    const before = alice.user.requests.length;

    await alice.call.setCamera(undefined);
    await alice.call.setCamera(fakeTrack("video"));
    await test.settle();

    expect(alice.user.requests.slice(before)).not.toContain("sendState");
  });

  it.each([
    ["forbidden", "event_refused"],
    ["rate_limited", "rate_limited"],
    ["homeserver_unreachable", "homeserver_unreachable"],
  ] as const)("tells with a code what was not sent: %s is %s", async (fault, code) => {
    const alice = await test.join("alice");
    for (let time = 0; time < 2; time++) alice.user.failNext("sendEvent", new MatrixRtcError(fault, "no"));

    await expect(alice.call.raiseHand()).rejects.toMatchObject({ name: "CallError", code });
    await expect(alice.call.react("🎉")).rejects.toMatchObject({ name: "CallError", code });
  });
});

describe("calling somebody", () => {
  const dm = { notify: { type: "ring" }, waitForPickup: true, autoLeave: true } as const;

  it("rings in their lobby until they join", async () => {
    const bob = await test.enter("bob");
    const alice = await test.join("alice", { ...dm, intent: "audio" });
    const heard = bob.lobby.ring.get();

    await bob.join();
    await test.settle();

    expect(heard).toMatchObject({ callerName: "alice", kind: "ring", intent: "audio" });
    expect(bob.lobby.ring.get()).toBeUndefined();
    expect(alice.call.ring.get()).toMatchObject({ phase: "sent", outcome: "accepted" });
    expect(alice.call.state.get()).toEqual({ phase: "joined" });
  });

  it("is over when they decline", async () => {
    const bob = await test.enter("bob");
    const alice = await test.join("alice", dm);

    await bob.lobby.decline();
    await test.settle();

    expect(bob.lobby.ring.get()).toBeUndefined();
    expect(alice.call.state.get()).toEqual({ phase: "left", because: "declined" });
  });

  it("is over when nobody comes, after a minute and a half", async () => {
    await test.enter("bob");
    const alice = await test.join("alice", dm);

    await test.clock.advance(89_000);
    const before = alice.call.state.get();
    await test.clock.advance(2_000);

    expect(before).toEqual({ phase: "joined" });
    expect(alice.call.state.get()).toEqual({ phase: "left", because: "timed_out" });
  });

  it("goes on when one of several declines", async () => {
    const bob = await test.enter("bob");
    await test.enter("carol");
    const alice = await test.join("alice", dm);

    await bob.lobby.decline();
    await test.settle();

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(alice.call.ring.get()).toMatchObject({ outcome: "ringing" });
  });

  it("only tells, and ends nothing, as a notification", async () => {
    const bob = await test.enter("bob");
    const alice = await test.join("alice", { ...dm, notify: { type: "notification" } });
    expect(bob.lobby.ring.get()).toMatchObject({ kind: "notification" });

    await bob.lobby.decline();
    await test.clock.advance(120_000);

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
  });

  it("can be tried again when the no did not get through", async () => {
    const bob = await test.enter("bob");
    await test.join("alice", dm);
    bob.user.failNext("sendEvent", new MatrixRtcError("forbidden", "no"));

    await expect(bob.lobby.decline()).rejects.toMatchObject({ name: "CallError", code: "event_refused" });

    expect(bob.lobby.ring.get()?.kind).toBe("ring");
  });

  it("is over when the other has gone, but not for the moment in which a membership is renewed", async () => {
    const alice = await test.join("alice", { autoLeave: true });
    const bob = await test.join("bob");
    const { stateKey } = test.room.view.get().callMembers.find(({ sender }) => sender === bob.user.self.userId)!;
    const type = "org.matrix.msc3401.call.member";
    test.homeserver.putState(alice.user.self.userId, {
      roomId: test.room.roomId,
      type,
      stateKey: stateKey!,
      content: {},
    });
    await test.clock.advance(10_000);
    const during = alice.call.state.get();

    await bob.call.leave();
    await test.clock.advance(4_000);

    expect(during).toEqual({ phase: "joined" });
    expect(alice.call.state.get()).toEqual({ phase: "left", because: "others_left" });
  });

  it("leaves no timer behind", async () => {
    // A fake homeserver keeps a timer of its own for a sticky event.
    test.homeserver.features = { delayedEvents: true, stickyEvents: false };
    const bob = await test.enter("bob");
    const alice = await test.join("alice", { ...dm, notify: { type: "ring", lifetimeMs: 30_000 } });
    await bob.join().then((call) => call.leave());
    await alice.call.leave();
    await bob.scope.end();
    await alice.scope.end();

    expect(test.clock.pendingTimers).toBe(0);
  });
});

import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { fakeTrack, TestCall } from "./testing/index.ts";

let test: TestCall;
beforeEach(() => {
  test = new TestCall();
});
afterEach(() => test.end());

describe("the invariants of a call", () => {
  it("no frame leaves before its transform has a key", async () => {
    const alice = await test.enter("alice");
    const release = alice.user.holdNext("scheduleState");
    const joining = alice.join({ camera: fakeTrack("video") });
    // Frames flow at every instant of the join, from the first publication on.
    for (let instant = 0; instant < 10; instant++) {
      await settlePromises();
      test.sfu.pump(`instant ${instant}`);
    }
    release();
    const call = await joining;
    await test.settle();
    await call.setScreen(fakeTrack("video"), fakeTrack("audio"));
    await test.settle();

    expect(test.sfu.seen.length).toBeGreaterThan(0);
    expect(test.sfu.seen.filter(({ key }) => key === undefined)).toEqual([]);
    expect(new Set(test.sfu.seen.map(({ source }) => source)).size).toBe(4);
  });

  it("a member who left cannot decrypt anything sent after the new key is in use", async () => {
    const alice = await test.join("alice");
    const bob = await test.join("bob");
    const carol = await test.join("carol");
    await test.settle();
    // What carol's device knows: every key with which somebody's frame was ever encrypted so far.
    const knownToCarol = new Set(test.sfu.seen.map(({ key }) => key?.hex));

    await carol.call.leave();
    await test.clock.advance(5_000);
    test.sfu.seen.length = 0;
    await test.settle();

    expect(new Set(test.sfu.seen.map(({ identity }) => identity))).toEqual(new Set([alice.identity, bob.identity]));
    expect(test.sfu.seen.filter(({ key }) => knownToCarol.has(key?.hex))).toEqual([]);
    test.sfu.shown.length = 0;
    await test.settle();
    expect(test.sfu.shown.map(({ by, from }) => `${by} sees ${from}`)).toContain(
      `${alice.identity} sees ${bob.identity}`,
    );
    expect(carol.crypto()?.isClosed).toBe(true);
  });

  it("ending the scope leaves no timer, socket, worker or track behind", async () => {
    const alice = await test.join("alice", { camera: fakeTrack("video") });
    const bob = await test.join("bob");
    await bob.call.setScreen(fakeTrack("video"));
    await test.settle();

    await Promise.all([alice.call.leave(), bob.call.leave()]);
    await test.end();

    expect(test.sfu.connections.size).toBe(0);
    expect([alice.crypto()?.isClosed, bob.crypto()?.isClosed]).toEqual([true, true]);
    const tracks = alice.call.members.get().flatMap(({ camera, microphone, screen }) => [camera, microphone, screen]);
    expect(tracks.filter((track) => track !== undefined)).toEqual([]);
    expect(test.clock.pendingTimers).toBe(0);
  });

  it("a joiner cannot decrypt what was sent before it came", async () => {
    const alice = await test.join("alice");
    await test.settle();
    const before = new Set(test.sfu.seen.map(({ key }) => key?.hex));
    await test.clock.advance(30_000);

    await test.join("bob");
    await test.clock.advance(5_000);
    test.sfu.seen.length = 0;
    await test.settle();

    const after = test.sfu.seen.filter(({ identity }) => identity === alice.identity);
    expect(after.length).toBeGreaterThan(0);
    expect(after.filter(({ key }) => before.has(key?.hex))).toEqual([]);
  });

  it("an SFU that hands in frames in clear has them dropped, and the lock says so", async () => {
    await test.join("alice", { camera: fakeTrack("video") });
    const bob = await test.join("bob");
    await test.settle();
    expect(bob.call.trust.get().state).toBe("locked");
    test.sfu.shown.length = 0;

    test.sfu.forge("camera", { payload: "in clear" });
    await settlePromises();

    expect(test.sfu.shown).toEqual([]);
    expect(bob.call.trust.get().state).toBe("partial");
    expect(bob.call.members.get()[0]?.decryption).toBe("failing");
  });
});

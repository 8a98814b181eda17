import { settlePromises } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Call } from "./model.ts";
import { fakeTrack, TestCall, type TestPerson } from "./testing/index.ts";

type InCall = TestPerson & { readonly call: Call };

let test: TestCall;
let alice: InCall;
let bob: InCall;
beforeEach(async () => {
  test = new TestCall();
  alice = await test.join("alice", { camera: fakeTrack("video") });
  bob = await test.join("bob");
  await test.settle();
});
afterEach(async () => {
  const leaving = Promise.all([alice.call.leave(), bob.call.leave()]);
  await test.clock.advance(10_000);
  await leaving;
  await test.end();
  expect(test.clock.pendingTimers).toBe(0);
});

async function framesSeenBy(viewer: InCall): Promise<number> {
  test.sfu.shown.length = 0;
  await test.settle();
  return test.sfu.shown.filter(({ by }) => by === viewer.identity).length;
}

describe("a call whose SFU is lost", () => {
  it("says so while signalling is broken and is back when it resumes", async () => {
    test.sfu.cut(alice.identity);
    await settlePromises();

    expect(alice.call.state.get()).toEqual({ phase: "reconnecting", since: test.clock.nowMs(), cause: "sfu" });
    test.sfu.heal(alice.identity);
    await settlePromises();
    expect(alice.call.state.get()).toEqual({ phase: "joined" });
  });

  it("brings media back by itself after the SFU was killed and started again", async () => {
    test.sfu.goDown();
    await test.clock.advance(10_000);
    expect(alice.call.state.get()).toMatchObject({ phase: "reconnecting", cause: "sfu" });

    test.sfu.comeUp();
    await test.clock.advance(1_000);

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(await framesSeenBy(bob)).toBe(2);
    expect(await framesSeenBy(alice)).toBe(1);
    expect(bob.call.trust.get().state).toBe("locked");
  });

  it("comes back with a new grant, for the SFU may have forgotten the room", async () => {
    const before = test.tokens.requests.length;

    test.sfu.end(alice.identity, "room_deleted");
    await test.clock.advance(1_000);

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(test.tokens.requests).toHaveLength(before + 1);
  });

  it("waits for the authorisation service, too, and takes a refusal for a restart half done", async () => {
    test.sfu.goDown();
    test.tokens.isUnreachable = true;
    await test.clock.advance(3_000);
    test.tokens.isUnreachable = false;
    test.tokens.failWith = 401;
    await test.clock.advance(3_000);
    test.tokens.failWith = undefined;
    test.sfu.comeUp();
    await test.clock.advance(1_500);

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
  });

  it("publishes what changed meanwhile", async () => {
    test.sfu.goDown();
    await settlePromises();
    await alice.call.setCamera(undefined);
    await alice.call.setMicrophoneMuted(true);
    await alice.call.setScreen(fakeTrack("video"));
    await test.clock.advance(2_000);
    test.sfu.comeUp();
    await test.clock.advance(1_000);
    await test.settle();

    const seen = bob.call.members.get()[0];
    expect(seen?.camera).toBeUndefined();
    expect(seen?.screen?.isMuted).toBe(false);
    expect(seen?.microphone?.isMuted).toBe(true);
  });

  it.each([
    ["removed", "sfu_removed"],
    ["duplicate_identity", "duplicate_identity"],
  ] as const)("ends as failed when the SFU says %s", async (reason, code) => {
    test.sfu.end(alice.identity, reason);
    await test.settle();

    expect(alice.call.state.get()).toMatchObject({ phase: "failed", error: { code } });
    expect(alice.crypto()?.isClosed).toBe(true);
    expect(bob.call.members.get().map(({ displayName }) => displayName)).toEqual(["bob"]);
  });
});

describe("a call whose homeserver is lost", () => {
  it("keeps media flowing and says so only after a while", async () => {
    test.homeserver.goDown();
    await test.clock.advance(2_000);
    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    await test.clock.advance(3_000);

    expect(alice.call.state.get()).toMatchObject({ phase: "reconnecting", cause: "homeserver" });
    expect(await framesSeenBy(bob)).toBe(2);
    test.homeserver.restart();
    await test.clock.advance(5_000);
    expect(alice.call.state.get()).toEqual({ phase: "joined" });
  });

  it("is listed again after the homeserver took it for gone", async () => {
    test.homeserver.goDown();
    await test.clock.advance(60_000);
    test.homeserver.restart();
    await test.clock.advance(20_000);
    await test.settle();

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(bob.call.members.get().map(({ displayName }) => displayName)).toEqual(["alice", "bob"]);
    expect(await framesSeenBy(bob)).toBe(2);
    expect(await framesSeenBy(alice)).toBe(1);
  });

  it("comes back when everything was killed and started again at once", async () => {
    test.homeserver.goDown();
    test.sfu.goDown();
    test.tokens.isUnreachable = true;
    await test.clock.advance(8_000);
    expect(alice.call.state.get()).toMatchObject({ phase: "reconnecting", cause: "sfu" });

    test.homeserver.restart();
    test.tokens.isUnreachable = false;
    test.sfu.comeUp();
    await test.clock.advance(20_000);

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(bob.call.state.get()).toEqual({ phase: "joined" });
    expect(await framesSeenBy(bob)).toBe(2);
    expect(await framesSeenBy(alice)).toBe(1);
    expect(bob.call.trust.get().state).toBe("locked");
  });
});

describe("a call without encryption", () => {
  it("ends when the room becomes encrypted, rather than go on in clear", async () => {
    const open = new TestCall({ isEncrypted: false });
    const carol = await open.join("carol");

    open.room.encrypt();
    await open.settle();

    expect(carol.call.state.get()).toMatchObject({
      phase: "failed",
      error: { code: "crypto_failed", retryable: true },
    });
    expect(carol.crypto()?.isClosed).toBe(true);
    await open.end();
  });
});

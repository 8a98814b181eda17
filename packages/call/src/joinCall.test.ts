import { Scope, Secret } from "@conclave/kit";
import { settlePromises } from "@conclave/kit/testing";
import type { DeviceAddress } from "@conclave/matrix-rtc";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { joinCall } from "./joinCall.ts";
import { openLobby } from "./openLobby.ts";
import { fakeTrack, TestCall } from "./testing/index.ts";

let test: TestCall;
beforeEach(() => {
  test = new TestCall();
});
afterEach(() => test.end());

describe("joinCall", () => {
  it("lets two people see and hear each other encrypted", async () => {
    const alice = await test.join("alice", { camera: fakeTrack("video") });
    const bob = await test.join("bob");
    await test.settle();

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(alice.call.members.get().map(({ displayName, isSelf }) => [displayName, isSelf])).toEqual([
      ["bob", false],
      ["alice", true],
    ]);
    expect(bob.call.members.get()[0]).toMatchObject({
      displayName: "alice",
      presence: "connected",
      decryption: "decrypting",
      camera: { isMuted: false },
    });
    expect(bob.call.trust.get()).toEqual({ state: "locked", verifiedMembers: 1, mediaMembers: 1 });
    expect(test.sfu.seen.filter(({ key }) => !key)).toEqual([]);
    expect(test.sfu.shown.some(({ by, from }) => by === bob.identity && from === alice.identity)).toBe(true);
  });

  it("needs three requests and one connection after the click when the lobby was open", async () => {
    await test.join("alice");
    const bob = await test.enter("bob");
    const asked = bob.user.requests.length;
    const tokens = test.tokens.requests.length;
    const connects = test.sfu.connectCount;

    await bob.join();

    expect(bob.user.requests.slice(asked).toSorted()).toEqual(["scheduleState", "sendEncryptedToDevice", "sendState"]);
    expect(test.tokens.requests).toHaveLength(tokens);
    expect(test.sfu.connectCount).toBe(connects + 1);
    await bob.scope.end();
  });

  it("asks for one OpenID token and one grant per person in all", async () => {
    const alice = await test.join("alice");

    expect(alice.user.requests.filter((request) => request === "requestOpenIdToken")).toHaveLength(1);
    expect(test.tokens.requests.map(({ path }) => path)).toEqual(["/sfu/get"]);
  });

  it("waits for no timer between the click and the call", async () => {
    const alice = await test.enter("alice");
    const beforeMs = test.clock.monotonicMs();

    await alice.join();

    expect(test.clock.monotonicMs()).toBe(beforeMs);
  });

  it("announces nobody whom the others cannot send a key yet", async () => {
    const bob = await test.enter("bob");
    let publishKeys: (() => void) | undefined;
    bob.user.cryptoReady = new Promise((resolve) => (publishKeys = resolve));

    const joining = bob.join();
    await settlePromises();
    expect(bob.user.requests).not.toContain("sendState");
    publishKeys?.();
    await joining;

    expect(bob.user.requests).toContain("sendState");
    await bob.scope.end();
  });

  it("joins without a lobby, too", async () => {
    const { deps } = await test.enter("alice");

    const call = await joinCall(deps, { roomId: test.room.roomId });

    expect(call.state.get()).toEqual({ phase: "joined" });
    await call.leave();
  });

  it("marks when what happened", async () => {
    await test.join("alice", { microphone: fakeTrack("audio") });
    const bob = await test.join("bob");
    await test.settle();

    expect([...bob.call.timings.keys()].toSorted()).toEqual([
      "announced",
      "click",
      "first_frame",
      "first_key",
      "granted",
      "signalled",
    ]);
  });

  it("counts the keys that it made and got", async () => {
    const alice = await test.join("alice");
    const { deps, lobby } = await test.enter("bob");
    const listening = await joinCall(deps, { roomId: test.room.roomId, isListener: true }, lobby);
    await test.settle();

    expect(alice.call.statistics.get()).toMatchObject({
      keysCreated: 1,
      keysSent: 1,
      keysInstalled: 0,
      ownKeyIndex: 0,
    });
    expect(listening.statistics.get()).toMatchObject({ keysCreated: 0, keysInstalled: 1, ownKeyIndex: undefined });
  });

  it("hands out no keys in shared-secret mode, and encrypts even in a room without encryption", async () => {
    const plain = new TestCall({ isEncrypted: false });
    const sharedSecret = new Secret("from the link");
    const alice = await plain.join("alice", { sharedSecret });
    const bob = await plain.join("bob", { sharedSecret });
    await plain.settle();

    expect([alice.call.isEncrypted, alice.call.statistics.get().keysSent]).toEqual([true, 0]);
    expect(bob.call.statistics.get()).toMatchObject({ keysInstalled: 0, framesPassedPlain: 0 });
    expect(bob.call.trust.get().state).toBe("locked");
    await plain.end();
  });

  it("tells the lobby what a join is waiting for", async () => {
    const alice = await test.enter("alice");
    const release = alice.user.holdNext("scheduleState");

    const joining = alice.join();
    await settlePromises();

    expect(alice.lobby.joining.get()).toEqual({ phase: "joining", step: "announcing" });
    release();
    await joining;
    expect(alice.lobby.joining.get()).toEqual({ phase: "joined" });
  });

  it("shows tracks of a member before its membership as nobody's, and pairs them afterwards", async () => {
    const alice = await test.join("alice");
    const bob = await test.enter("bob");
    const release = bob.user.holdNext("sendState");
    const joining = bob.join({ microphone: fakeTrack("audio") });
    await test.settle();

    expect(alice.call.members.get()).toHaveLength(1);
    release();
    await joining;
    await test.settle();

    expect(alice.call.members.get()[0]).toMatchObject({ displayName: "bob", decryption: "decrypting" });
    expect(test.sfu.shown.some(({ by }) => by === alice.identity)).toBe(true);
  });

  it("lets a call live on when its lobby is closed", async () => {
    const alice = await test.join("alice");
    const bob = await test.join("bob");

    await alice.scope.end();
    await test.settle();

    expect(alice.call.state.get()).toEqual({ phase: "joined" });
    expect(bob.call.members.get().map(({ displayName }) => displayName)).toEqual(["alice", "bob"]);
  });

  it("can join again through the same lobby after leaving", async () => {
    const alice = await test.join("alice");
    await alice.call.leave();

    const again = await alice.join();

    expect(again.state.get()).toEqual({ phase: "joined" });
  });

  it("does not encrypt in a room without encryption, and says so", async () => {
    const open = new TestCall({ isEncrypted: false });
    await open.join("alice", { microphone: fakeTrack("audio") });
    const bob = await open.join("bob");
    await open.settle();

    expect(bob.call.isEncrypted).toBe(false);
    expect(bob.call.trust.get().state).toBe("open");
    expect(bob.call.members.get()[0]?.decryption).toBe("plain");
    expect(bob.call.statistics.get().framesPassedPlain).toBeGreaterThan(0);
    expect(bob.user.requests).not.toContain("sendEncryptedToDevice");
    await open.end();
  });
});

describe("the lobby", () => {
  it("shows the room and who is in the call", async () => {
    await test.join("alice");

    const bob = await test.enter("bob");

    expect(bob.lobby.view.get()).toEqual({
      roomName: "Standup",
      isEncrypted: true,
      members: [expect.objectContaining({ displayName: "alice" }) as object],
    });
  });

  it("opens Olm sessions with those who are in the call and with those who come", async () => {
    await test.join("alice");
    const bob = test.arrive("bob");
    const prepared: string[] = [];
    bob.user.prepareSessions = (devices?: readonly DeviceAddress[]) => {
      prepared.push(...(devices ?? []).map(({ deviceId }) => deviceId));
      return Promise.resolve();
    };
    const scope = new Scope();

    openLobby(bob.deps, { roomId: test.room.roomId }, scope);
    await test.join("carol");
    await settlePromises();
    expect(prepared).toEqual(["ALICEDEV"]);

    await test.clock.advance(1_000);
    expect(prepared).toEqual(["ALICEDEV", "CAROLDEV"]);
    await scope.end();
  });

  it("renews the grant before it is too old to connect with", async () => {
    const alice = await test.enter("alice");

    await test.clock.advance(45 * 60_000);
    const tokens = test.tokens.requests.length;
    await alice.join();

    expect(tokens).toBe(2);
    expect(test.tokens.requests).toHaveLength(2);
  });

  it("leaves no timer behind", async () => {
    const alice = await test.enter("alice");

    await alice.scope.end();

    expect(test.clock.pendingTimers).toBe(0);
  });
});

import { Scope } from "@conclave/kit";
import { legacyEvent, person } from "@conclave/matrix-rtc/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Call, CallMember } from "../model.ts";
import type { SfuConnection, SfuParticipant } from "../sfu/ports.ts";
import { TestCall, type TestPerson } from "../testing/index.ts";
import { compareRoster } from "./compareRoster.ts";

type InCall = TestPerson & { readonly call: Call };

let test: TestCall;
let alice: InCall;
let stay: Scope;
beforeEach(async () => {
  test = new TestCall();
  stay = new Scope();
  alice = await test.join("alice");
});
afterEach(async () => {
  const leaving = Promise.all([alice.call.leave(), stay.end()]);
  await test.clock.advance(10_000);
  await leaving;
  await test.end();
  expect(test.clock.pendingTimers).toBe(0);
});

/** Matrix says that somebody is in the call. */
function list(name: string): void {
  const who = person(name);
  test.room.join(who.userId, { displayName: name });
  test.room.placeState(legacyEvent(who, {}, { originServerTsMs: test.clock.nowMs() }));
}

/** The SFU lets somebody in. */
async function connect(identity: string): Promise<SfuConnection> {
  const [own] = test.sfu.connections;
  const grant = { url: "wss://sfu.hs.example", jwt: "", identity, room: own!.room, expiresAtMs: Infinity };
  const guard = { isEncrypted: true, protectSender() {}, protectReceiver() {} };
  return test.sfu.connect(grant, { guard }, stay);
}

function seen(name: string): CallMember | undefined {
  return alice.call.members.get().find((member) => member.displayName === name);
}

describe("the roster", () => {
  it("has nothing to say of a healthy call", async () => {
    const bob = await test.join("bob");
    await test.clock.advance(60_000);

    expect(alice.call.roster.get()).toEqual([]);
    expect(bob.call.roster.get()).toEqual([]);
    const leaving = bob.call.leave();
    await test.clock.advance(3_000);
    await leaving;
    expect(alice.call.roster.get()).toEqual([]);
  });

  it("names a member whom the SFU has not yet, and calls it a ghost when it does not come", async () => {
    list("carol");
    await test.clock.advance(9_000);
    expect(alice.call.roster.get()).toEqual([{ kind: "not_yet_connected", memberId: seen("carol")?.id }]);
    expect(seen("carol")?.presence).toBe("connecting");

    await test.clock.advance(1_000);

    expect(alice.call.roster.get()).toEqual([{ kind: "ghost", memberId: seen("carol")?.id }]);
    expect(seen("carol")?.presence).toBe("gone");
  });

  it("takes a ghost back when it comes after all", async () => {
    list("carol");
    await test.clock.advance(20_000);
    const { deviceId, userId } = person("carol");

    await connect(`${userId}:${deviceId}`);

    expect(alice.call.roster.get()).toEqual([]);
    expect(seen("carol")?.presence).toBe("connected");
  });

  it("names a participant for whom nobody answers, once it is not a matter of moments", async () => {
    await connect("@mallory:hs.example:SPY");
    await test.clock.advance(14_000);
    expect(alice.call.roster.get()).toEqual([]);

    await test.clock.advance(1_000);

    const [difference] = alice.call.roster.get();
    expect(difference).toMatchObject({ kind: "silent_listener", identity: "@mallory:hs.example:SPY" });
    expect(alice.call.members.get()).toHaveLength(1);
  });

  it("suspects nobody while the homeserver is out of touch", async () => {
    await connect("@mallory:hs.example:SPY");
    alice.user.setSyncing(false);

    await test.clock.advance(60_000);

    expect(alice.call.roster.get()).toEqual([]);
    alice.user.setSyncing(true);
    await test.clock.advance(15_000);
    expect(alice.call.roster.get()).toHaveLength(1);
  });

  it("judges nobody by an SFU that we are not connected to", async () => {
    list("carol");
    test.sfu.cut(alice.identity);

    await test.clock.advance(60_000);

    expect(alice.call.roster.get()).toEqual([]);
    expect(seen("carol")?.presence).toBe("connecting");
  });

  it("stays small when strangers flood the SFU", () => {
    const participants = Array.from({ length: 10_000 }, (_, serial) => stranger(`stranger ${serial}`));

    expect(compareRoster({ members: [], sfus: new Map([["https://rtc.hs.example", participants]]) })).toHaveLength(100);
  });
});

function stranger(identity: string): SfuParticipant {
  return { identity, publications: [], isSpeaking: false, audioLevel: 0, quality: "unknown" };
}

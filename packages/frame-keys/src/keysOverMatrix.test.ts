import { FakeClock, settlePromises } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SETTLE_MS } from "./rotateKeys.ts";
import { hears, Meeting, type Attendee } from "./testing/Meeting.ts";

let clock: FakeClock;
let meeting: Meeting;

beforeEach(() => {
  clock = new FakeClock();
  meeting = new Meeting(clock);
});

afterEach(() => meeting.end());

describe("keys over Matrix", () => {
  it("lets two members decrypt each other as soon as both are in the call", async () => {
    const alice = await meeting.join("alice");
    const bob = await meeting.join("bob");

    expect([hears(alice, bob), hears(bob, alice)]).toEqual([true, true]);
  });

  it("joins with three requests, whatever the number of members", async () => {
    await meeting.join("alice");
    await meeting.join("bob");
    const carol = await meeting.join("carol");

    expect(carol.user.requests.toSorted()).toEqual(["scheduleState", "sendEncryptedToDevice", "sendState"]);
  });

  it("keeps a leaver from decrypting what is sent later than two seconds after the leave", async () => {
    const alice = await meeting.join("alice");
    const bob = await meeting.join("bob");
    const carol = await meeting.join("carol");

    await carol.session.leave();
    await clock.advance(2_000);

    expect([hears(carol, alice), hears(carol, bob)]).toEqual([false, false]);
    expect([hears(bob, alice), hears(alice, bob)]).toEqual([true, true]);
  });

  it("F28: keeps who was kicked or banned from decrypting what is sent later than two seconds after", async () => {
    const alice = await meeting.join("alice");
    const bob = await meeting.join("bob");
    const carol = await meeting.join("carol");

    meeting.room.part(carol.user.self.userId);
    await clock.advance(2_000);

    expect([hears(carol, alice), hears(carol, bob)]).toEqual([false, false]);
    expect([hears(bob, alice), hears(alice, bob)]).toEqual([true, true]);
  });

  it("T7: gives no key to a device of a member that no member event names", async () => {
    const alice = await meeting.join("alice");
    const bob = await meeting.join("bob");
    const added = meeting.homeserver.connect(bob.user.self.userId, "ADDEDDEV");
    const received: unknown[] = [];
    added.toDeviceReceived.on(bob.scope, (message) => void received.push(message));

    await meeting.join("carol");
    await clock.advance(30_000);

    expect(received).toEqual([]);
    expect(alice.keys.pairs.get().map(({ deviceId }) => deviceId)).not.toContain("ADDEDDEV");
  });

  it("shuts out somebody whose browser was killed, once the delayed leave has fired", async () => {
    const alice = await meeting.join("alice");
    const bob = await meeting.join("bob");
    bob.user.holdNext("restartDelayed");
    bob.user.holdNext("restartDelayed");
    bob.user.holdNext("restartDelayed");
    bob.user.holdNext("restartDelayed");
    bob.user.holdNext("restartDelayed");

    await clock.advance(10_000);

    expect(alice.session.members.get().map((member) => member.deviceId)).toEqual(["ALICEDEV"]);
    expect(hears(bob, alice)).toBe(false);
  });

  it("keeps a joiner from decrypting what was sent more than ten seconds before it joined", async () => {
    const alice = await meeting.join("alice");
    await meeting.join("bob");
    const earlierKeys = alice.sink.senderKeys.map((used) => used?.key);

    await clock.advance(10_000);
    const carol = await meeting.join("carol");

    const known = [...(carol.sink.receiverKeys.get(alice.session.self.memberId)?.values() ?? [])];
    expect(known.filter((key) => earlierKeys.includes(key))).toEqual([]);
    // The standby key was handed out in this very moment; it settles before it is used.
    await clock.advance(SETTLE_MS);
    expect(hears(carol, alice)).toBe(true);
  });

  it("is heard again at once after a reload", async () => {
    const alice = await meeting.join("alice");
    const before = await meeting.join("bob");
    await clock.advance(20_000);
    before.user.holdNext("restartDelayed");

    const bob = await meeting.join("bob");

    expect([hears(alice, bob), hears(bob, alice)]).toEqual([true, true]);
  });

  it("installs no key that came in clear or from another device", async () => {
    const alice = await meeting.join("alice");
    const bob = await meeting.join("bob");
    const before = alice.keys.statistics.get().keysInstalled;
    const content = {
      keys: { index: 9, key: "AAECAwQFBgcICQoLDA0ODw==" },
      room_id: meeting.room.roomId,
      member: { id: bob.session.self.memberId, claimed_device_id: "BOBDEV" },
      sent_ts: clock.nowMs() + 1_000,
    };
    const message = { type: "io.element.call.encryption_keys", sender: bob.user.self.userId, content };
    const elsewhere = { deviceId: "EVILDEV" as typeof bob.user.self.deviceId, isCrossSigned: true };

    meeting.homeserver.forgeToDevice(alice.user.self, message);
    meeting.homeserver.forgeToDevice(alice.user.self, { ...message, encryptedBy: elsewhere });

    const { keysInstalled, keysRejected } = alice.keys.statistics.get();
    expect(keysInstalled).toBe(before);
    expect(keysRejected).toMatchObject({ cleartext: 1, wrong_device: 1 });
  });

  it("heals after an outage in which all delayed leaves fired", async () => {
    const people = [await meeting.join("alice"), await meeting.join("bob"), await meeting.join("carol")];
    await clock.advance(20_000);
    meeting.homeserver.goDown();
    await clock.advance(60_000);

    meeting.homeserver.restart();
    await clock.advance(10_000);

    expect(deafness(people)).toEqual([]);
  });

  it("heals when one device was cut off for so long that the others forgot it", async () => {
    const people = [await meeting.join("alice"), await meeting.join("bob"), await meeting.join("carol")];
    await clock.advance(20_000);
    people[0]?.user.cutOff();
    await clock.advance(120_000);

    people[0]?.user.reconnect();
    await clock.advance(5_000);

    expect(deafness(people)).toEqual([]);
  });
});

function deafness(people: readonly Attendee[]): readonly string[] {
  const pairs = people.flatMap((listener) => people.map((speaker) => ({ listener, speaker })));
  return pairs
    .filter(({ listener, speaker }) => listener !== speaker && !hears(listener, speaker))
    .map(({ listener, speaker }) => `${listener.user.self.deviceId} does not hear ${speaker.user.self.deviceId}`);
}

type Step =
  | { readonly type: "join" | "leave" | "cut" | "reconnect"; readonly who: string }
  | { readonly type: "down" | "up" | "lose" }
  | { readonly type: "wait"; readonly ms: number };

const who = fc.constantFrom("alice", "bob", "carol", "dave");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom("join" as const, "leave" as const), who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("cut" as const, "reconnect" as const), who }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("down" as const, "up" as const, "lose" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.constantFrom(50, 1_000, 5_000, 12_000, 40_000) }),
  },
);

/** Plays any history of joins, leaves and outages, then lets everything come to rest. */
class Play {
  readonly clock: FakeClock = new FakeClock();
  readonly meeting: Meeting = new Meeting(this.clock);
  readonly present = new Map<string, Attendee>();
  readonly gone: Attendee[] = [];

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#play(step);
    this.meeting.homeserver.restart();
    for (const attendee of this.present.values()) attendee.user.reconnect();
    // A join that was given up during an outage has not happened.
    await this.clock.advance(30_000);
    for (const [name, attendee] of this.present) {
      if (attendee.session.state.get().phase !== "joined") this.present.delete(name);
    }
  }

  /** Devices that are out of the meeting and hear somebody in it. */
  listeningGhosts(): readonly string[] {
    const speakers = [...this.present.values()];
    const devices = new Set(speakers.map((speaker) => speaker.user.self.deviceId));
    const ghosts = this.gone.filter((ghost) => speakers.some((speaker) => hears(ghost, speaker)));
    return ghosts.map((ghost) => ghost.user.self.deviceId).filter((deviceId) => !devices.has(deviceId));
  }

  async #play(step: Step): Promise<void> {
    const { homeserver } = this.meeting;
    switch (step.type) {
      case "join":
        if (!this.present.has(step.who))
          this.present.set(step.who, await this.meeting.join(step.who, { waits: false }));
        return;
      case "leave":
        return this.#leave(step.who);
      case "cut":
        return this.present.get(step.who)?.user.cutOff();
      case "reconnect":
        return this.present.get(step.who)?.user.reconnect();
      case "down":
        return homeserver.goDown();
      case "up":
        return homeserver.restart();
      case "lose":
        // Whoever left during an outage must be gone first: without a delayed leave it stays until its membership expires.
        homeserver.restart();
        for (const attendee of this.present.values()) attendee.user.reconnect();
        await this.clock.advance(10_000);
        homeserver.loseDelayedEvents();
        return this.clock.advance(5_000);
      default:
        return this.clock.advance(step.ms);
    }
  }

  async #leave(name: string): Promise<void> {
    const attendee = this.present.get(name);
    if (!attendee) return;
    this.present.delete(name);
    this.gone.push(attendee);
    const left = attendee.session.leave();
    await this.clock.advance(2_000);
    await left;
    await attendee.scope.end();
    await settlePromises();
  }
}

describe("keys over Matrix, whatever happens", () => {
  it("everybody present hears everybody, and nobody who left hears anybody", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40, size: "max" }), async (steps) => {
        const play = new Play();
        await play.run(steps);

        const people = [...play.present.values()];
        expect(deafness(people)).toEqual([]);
        expect(play.listeningGhosts()).toEqual([]);
        await play.meeting.end();
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

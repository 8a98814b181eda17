import { describe, expect, it } from "vitest";

import type { EventId } from "../ids.ts";
import { ROOM_CALL_SLOT, type RtcMember } from "../model.ts";
import type { RawEvent, RoomView } from "../ports.ts";
import { FIXTURE_TIME_MS, legacyEvent, person, roomWith, stickyEvent } from "../testing/fixtures.ts";
import { deriveMembers, MAX_MEMBERS } from "./deriveMembers.ts";
import { MembershipLedger } from "./MembershipLedger.ts";

const alice = person("alice");
const bob = person("bob");
const service = "https://rtc.hs.example/livekit/jwt";

function derive(parts: Partial<RoomView>, nowMs: number = FIXTURE_TIME_MS, ledger = new MembershipLedger()) {
  return deriveMembers(roomWith(parts), ROOM_CALL_SLOT, nowMs, ledger);
}

function names(members: readonly RtcMember[]): readonly string[] {
  return members.map((member) => member.deviceId);
}

function slotEvent(content: unknown, stateKey = "m.call#ROOM"): RawEvent {
  return { ...legacyEvent(bob, {}, { content }), type: "org.matrix.msc4143.rtc.slot", stateKey };
}

describe("deriveMembers", () => {
  it("reads a layer A membership in full", () => {
    const { members } = derive({ callMembers: [legacyEvent(alice, { "m.call.intent": "audio" })] });

    expect(members).toEqual([
      {
        ...alice,
        memberId: "@alice:hs.example:ALICEDEV",
        joinedAtMs: FIXTURE_TIME_MS,
        eventId: "$legacy-ALICEDEV",
        sfuIdentities: [expect.stringMatching(/^@alice:hs\.example:ALICEDEV$/), expect.any(String), expect.any(String)],
        transport: { type: "livekit", serviceUrl: service },
        intent: "audio",
        displayName: "alice",
      },
    ]);
  });

  it.each(["@alice:hs.example_ALICEDEV", "_@alice:hs.example_ALICEDEV", "@alice:hs.example_ALICEDEV_m.call"])(
    "takes the device from the content whatever the state key %s says",
    (stateKey) => {
      const { members } = derive({ callMembers: [legacyEvent(alice, {}, { stateKey })] });

      expect(names(members)).toEqual(["ALICEDEV"]);
    },
  );

  it.each([{}, { slot_id: "m.call#ROOM" }, { msc4354_sticky_key: "x" }, { memberships: [{ call_id: "" }] }])(
    "treats content %j as left and not as a fault",
    (content) => {
      const { members, ignoredEvents } = derive({ callMembers: [legacyEvent(alice, {}, { content })] });

      expect({ members, ignoredEvents }).toEqual({ members: [], ignoredEvents: 0 });
    },
  );

  it.each([null, "text", [], { application: 1 }, { application: "m.call", call_id: "", device_id: 7 }])(
    "ignores and counts malformed content %j",
    (content) => {
      const { members, ignoredEvents } = derive({ callMembers: [legacyEvent(alice, {}, { content })] });

      expect({ members, ignoredEvents }).toEqual({ members: [], ignoredEvents: 1 });
    },
  );

  it("drops a membership at the moment it expires", () => {
    const callMembers = [legacyEvent(alice, { expires: 5_000 })];

    expect(names(derive({ callMembers }, FIXTURE_TIME_MS + 4_999).members)).toEqual(["ALICEDEV"]);
    expect(derive({ callMembers }, FIXTURE_TIME_MS + 5_000).members).toEqual([]);
  });

  it("lets a membership without expiry live for four hours", () => {
    const { nextExpiryAtMs } = derive({ callMembers: [legacyEvent(alice, { expires: undefined })] });

    expect(nextExpiryAtMs).toBe(FIXTURE_TIME_MS + 14_400_000);
  });

  it("counts age and expiry from created_ts", () => {
    const callMembers = [legacyEvent(alice, { created_ts: FIXTURE_TIME_MS - 1_000, expires: 3_000 })];

    const { members, nextExpiryAtMs } = derive({ callMembers });

    expect(members[0]?.joinedAtMs).toBe(FIXTURE_TIME_MS - 1_000);
    expect(nextExpiryAtMs).toBe(FIXTURE_TIME_MS + 2_000);
  });

  it("leaves out senders who are not joined", () => {
    expect(derive({ callMembers: [legacyEvent(alice)], joined: new Map() }).members).toEqual([]);
  });

  it("compares application and id of the slot", () => {
    const elsewhere = [
      legacyEvent(alice, { application: "m.other", call_id: "ROOM" }),
      legacyEvent(bob, { call_id: "x" }),
    ];

    expect(derive({ callMembers: elsewhere }).members).toEqual([]);
  });

  it("orders by age", () => {
    const older = legacyEvent(bob, { created_ts: FIXTURE_TIME_MS - 1 });

    expect(names(derive({ callMembers: [legacyEvent(alice), older] }).members)).toEqual(["BOBDEV", "ALICEDEV"]);
  });

  it("puts an oldest_membership member on the transport of the oldest member", () => {
    const own = "https://own.example";
    const focus = { foci_preferred: [{ type: "livekit", livekit_service_url: own }] };
    const oldest = legacyEvent(bob, { created_ts: FIXTURE_TIME_MS - 1 });
    const follower = legacyEvent(alice, {
      ...focus,
      focus_active: { type: "livekit", focus_selection: "oldest_membership" },
    });

    const together = derive({ callMembers: [follower, oldest] }).members;
    const alone = derive({ callMembers: [follower] }).members;

    expect(together[1]?.transport?.serviceUrl).toBe(service);
    expect(alone[0]?.transport?.serviceUrl).toBe(own);
  });

  it.each([
    ["of an unknown type", { foci_preferred: [{ type: "m.hologram" }] }, "unknown_type"],
    ["that is not there", { foci_preferred: [] }, "not_named"],
    ["with a bad address", { foci_preferred: [{ type: "livekit", livekit_service_url: "x" }] }, "bad_address"],
    ["chosen in an unknown way", { focus_active: { type: "livekit", focus_selection: "dice" } }, "not_named"],
  ])("lists a member with a transport %s without media, and why", (_name, content, noTransport) => {
    const { members } = derive({ callMembers: [legacyEvent(alice, content)] });

    expect(members).toMatchObject([{ deviceId: "ALICEDEV", transport: undefined, noTransport }]);
  });

  it("lists a follower of an oldest member whose transport cannot be used without media, and why", () => {
    const oldest = stickyEvent(bob, { transports: { published: [{ type: "m.livekit", url: "wss://sfu.example" }] } });
    const follower = legacyEvent(
      alice,
      { focus_active: { type: "livekit", focus_selection: "oldest_membership" } },
      { originServerTsMs: FIXTURE_TIME_MS + 1 },
    );

    const { members } = derive({ callMembers: [follower], stickyMembers: [oldest] });

    expect(members.map(({ noTransport }) => noTransport)).toEqual(["needs_homeserver", "needs_homeserver"]);
  });

  it("takes the first published transport of a sticky membership that it can use", () => {
    const published = [
      { type: "m.livekit", url: "wss://sfu.example" },
      { type: "livekit", livekit_service_url: service },
    ];

    const { members } = derive({ stickyMembers: [stickyEvent(alice, { transports: { published } })] });

    expect(members[0]?.transport?.serviceUrl).toBe(service);
  });

  it("reads a layer B membership and gives the hashed identity first", () => {
    const { members } = derive({ stickyMembers: [stickyEvent(alice)] });

    expect(members[0]).toMatchObject({ ...alice, memberId: "member-of-ALICEDEV", intent: "video" });
    expect(members[0]?.sfuIdentities[2]).toBe("@alice:hs.example:ALICEDEV");
  });

  it("keeps the age of a sticky membership over a refresh", () => {
    const ledger = new MembershipLedger();
    derive({ stickyMembers: [stickyEvent(alice)] }, FIXTURE_TIME_MS, ledger);
    const refreshed = stickyEvent(alice, {}, { originServerTsMs: FIXTURE_TIME_MS + 3_600_000 });

    const { members } = derive({ stickyMembers: [refreshed] }, FIXTURE_TIME_MS + 3_600_000, ledger);

    expect(members[0]?.joinedAtMs).toBe(FIXTURE_TIME_MS);
  });

  it("prefers the sticky event over the state event that it names", () => {
    const state = legacyEvent(alice);
    const sticky = stickyEvent(alice, { msc4354_sticky_key: state.stateKey });

    const { members } = derive({ callMembers: [state], stickyMembers: [sticky] });

    expect(members.map((member) => member.eventId)).toEqual([sticky.eventId]);
  });

  it.each([
    [
      "the spelling of July 2026",
      { rtc_transports: [{ type: "livekit", livekit_service_url: service }], transports: undefined },
    ],
    ["claimed ids", { member: { id: "m", claimed_user_id: alice.userId, claimed_device_id: alice.deviceId } }],
    ["the stable sticky key", { msc4354_sticky_key: undefined, sticky_key: "member-of-ALICEDEV" }],
  ])("reads sticky memberships with %s", (_name, content) => {
    const { members } = derive({ stickyMembers: [stickyEvent(alice, content)] });

    expect(members[0]).toMatchObject({ ...alice, transport: { serviceUrl: service } });
  });

  it("takes the device of a draft member event from its encryption", () => {
    const event = stickyEvent(alice, { member: { id: "m", membership: "join" } }, { encryptedBy: alice.deviceId });

    expect(names(derive({ stickyMembers: [event] }).members)).toEqual(["ALICEDEV"]);
  });

  it.each([
    ["in another user's name", { member: { id: "m", user_id: bob.userId, device_id: "X" } }, {}],
    ["from another device than encrypted it", {}, { encryptedBy: bob.deviceId }],
    ["with two sticky keys that differ", { sticky_key: "other" }, {}],
    ["with a slot of another application", { slot_id: "m.other#ROOM" }, {}],
  ])("ignores and counts a sticky membership %s", (_name, content, event) => {
    const { members, ignoredEvents } = derive({ stickyMembers: [stickyEvent(alice, content, event)] });

    expect({ members, ignoredEvents }).toEqual({ members: [], ignoredEvents: 1 });
  });

  it("drops sticky memberships, and only those, when the slot is closed", () => {
    const slot = { ...legacyEvent(bob), type: "org.matrix.msc4143.rtc.slot", stateKey: "m.call#ROOM" };
    const slots = [{ ...slot, content: { status: "closed", application: { type: "m.call" } } }];

    const { members } = derive({ stickyMembers: [stickyEvent(alice)], callMembers: [legacyEvent(bob)], slots });

    expect(names(members)).toEqual(["BOBDEV"]);
  });

  it.each([
    ["scope", 7],
    ["membershipID", {}],
    ["focus_active", "livekit"],
    ["focus_active", { focus_selection: "multi_sfu" }],
    ["foci_preferred", {}],
    ["expires", "soon"],
    ["created_ts", null],
  ])("ignores and counts a layer A membership whose %s is %j", (field, value) => {
    expect(derive({ callMembers: [legacyEvent(alice, { [field]: value })] })).toMatchObject({
      members: [],
      ignoredEvents: 1,
    });
  });

  it.each(["m.call#", "m.call#ROOM#ROOM", "ROOM", "m.call", 7, undefined])(
    "ignores and counts a sticky membership in the slot %j, which is none",
    (slot_id) => {
      expect(derive({ stickyMembers: [stickyEvent(alice, { slot_id })] })).toMatchObject({
        members: [],
        ignoredEvents: 1,
      });
    },
  );

  it("does not take the draft's m.call#room for the slot that everybody uses", () => {
    expect(derive({ stickyMembers: [stickyEvent(alice, { slot_id: "m.call#room" })] })).toMatchObject({
      members: [],
      ignoredEvents: 0,
    });
  });

  it("ignores and counts a draft membership that nothing binds to a device", () => {
    const event = stickyEvent(alice, { member: { id: "m", membership: "join" }, msc4354_sticky_key: "m" });

    expect(derive({ stickyMembers: [event] })).toMatchObject({ members: [], ignoredEvents: 1 });
  });

  it("lists the state and the sticky membership of one device beside each other unless one names the other", () => {
    const { members } = derive({ callMembers: [legacyEvent(alice)], stickyMembers: [stickyEvent(alice)] });

    expect(members.map(({ memberId }) => memberId)).toEqual(["@alice:hs.example:ALICEDEV", "member-of-ALICEDEV"]);
  });

  it("does not end a sticky membership by time: its stickiness does", () => {
    const { members, nextExpiryAtMs } = derive(
      { stickyMembers: [stickyEvent(alice, { expires: 1 })] },
      FIXTURE_TIME_MS + 9e9,
    );

    expect([names(members), nextExpiryAtMs]).toEqual([["ALICEDEV"], undefined]);
  });

  it.each([
    ["is not there", []],
    ["is open", [{ status: "open", application: { type: "m.call" } }]],
    [
      "is open and says how to encrypt",
      [{ status: "open", application: { type: "m.call" }, encryption: { type: "x" } }],
    ],
    ["is another one", [{ status: "closed", application: { type: "m.call" }, of: "m.call#side" }]],
  ])("lists sticky memberships of every layer when the slot %s", (_name, contents) => {
    const slots = contents.map((content) => slotEvent(content, "of" in content ? content.of : undefined));
    const draft = stickyEvent(
      bob,
      { member: { id: "b", membership: "join" }, msc4354_sticky_key: "b" },
      { encryptedBy: bob.deviceId },
    );

    const { members, isClosed } = derive({ stickyMembers: [stickyEvent(alice), draft], slots });

    expect([names(members), isClosed]).toEqual([["BOBDEV", "ALICEDEV"], false]);
  });

  it.each([
    { status: "closed", application: { type: "m.call" } },
    { application: { type: "m.call" } },
    { status: "open" },
    { status: "open", application: { type: "m.other" } },
    {},
    "text",
  ])("takes a slot whose event says %j for closed", (content) => {
    expect(derive({ stickyMembers: [stickyEvent(alice)], slots: [slotEvent(content)] })).toMatchObject({
      members: [],
      isClosed: true,
      ignoredEvents: 0,
    });
  });

  it("takes a redacted membership for left", () => {
    const redacted = [legacyEvent(alice, {}, { content: {} })];

    expect(derive({ callMembers: redacted, stickyMembers: [stickyEvent(bob, {}, { content: {} })] })).toMatchObject({
      members: [],
      ignoredEvents: 0,
    });
  });

  it("lists both memberships of a device that joined twice by sticky events", () => {
    const again = { member: { id: "second", user_id: alice.userId, device_id: alice.deviceId } };
    const second = stickyEvent(alice, { ...again, msc4354_sticky_key: "second" }, { eventId: "$second" as EventId });

    const { members } = derive({ stickyMembers: [stickyEvent(alice), second] });

    expect(members.map(({ memberId }) => memberId)).toEqual(["member-of-ALICEDEV", "second"]);
  });

  it.each([
    ["of a draft with the intent's new name", { application: { type: "m.call", intent: "audio" } }],
    ["with the deployed name", { application: { type: "m.call", "m.call.intent": "audio" } }],
  ])("reads the intent %s", (_name, content) => {
    expect(derive({ stickyMembers: [stickyEvent(alice, content)] }).members[0]?.intent).toBe("audio");
  });

  it("reads a relation to an earlier event, or a misspelt one, as nothing to do with the membership", () => {
    const relation = { rel_type: "m.reference", event_id: "$earlier" };

    const { members } = derive({
      stickyMembers: [stickyEvent(alice, { "m.relates_to": relation, "m.relation": relation })],
    });

    expect(names(members)).toEqual(["ALICEDEV"]);
  });

  it("does not let a second device take over a member id", () => {
    const ledger = new MembershipLedger();
    derive({ stickyMembers: [stickyEvent(alice)] }, FIXTURE_TIME_MS, ledger);
    const copy = stickyEvent(
      bob,
      {
        member: { id: "member-of-ALICEDEV", user_id: bob.userId, device_id: bob.deviceId },
        msc4354_sticky_key: "member-of-ALICEDEV",
      },
      { originServerTsMs: FIXTURE_TIME_MS - 60_000 },
    );

    const { members, ignoredEvents } = derive({ stickyMembers: [copy, stickyEvent(alice)] }, FIXTURE_TIME_MS, ledger);

    expect({ names: names(members), ignoredEvents }).toEqual({ names: ["ALICEDEV"], ignoredEvents: 1 });
  });

  it("counts a device with old and new state key once, by its newest event", () => {
    const old = legacyEvent(
      alice,
      {},
      { stateKey: "_@alice:hs.example_ALICEDEV", originServerTsMs: FIXTURE_TIME_MS - 9 },
    );

    const { members } = derive({ callMembers: [legacyEvent(alice), { ...old, eventId: "$old" as EventId }] });

    expect(members.map((member) => member.eventId)).toEqual(["$legacy-ALICEDEV"]);
  });

  it("does not let somebody's sticky event hide another's state event", () => {
    const state = legacyEvent(alice);
    const hostile = stickyEvent(bob, { msc4354_sticky_key: state.stateKey });

    expect(names(derive({ callMembers: [state], stickyMembers: [hostile] }).members)).toContain("ALICEDEV");
  });

  it("reads a membership that holds memberships beside what is needed", () => {
    expect(names(derive({ callMembers: [legacyEvent(alice, { memberships: [] })] }).members)).toEqual(["ALICEDEV"]);
  });

  it.each(["leave", "knock", 7])("takes a draft member event with membership %j for left", (membership) => {
    const event = stickyEvent(alice, { member: { id: "m", membership } }, { encryptedBy: alice.deviceId });

    expect(derive({ stickyMembers: [event] })).toMatchObject({ members: [], ignoredEvents: 0 });
  });

  it.each([-1e300, 1e300])("reads created_ts %d as an instant between 1970 and the event", (created_ts) => {
    const { members } = derive({ callMembers: [legacyEvent(alice, { created_ts, expires: 1e300 })] });

    expect(members[0]?.joinedAtMs).toBe(created_ts < 0 ? 0 : FIXTURE_TIME_MS);
  });

  it("lets nobody crowd out others with a flood of devices that claim to be older", () => {
    const flood = Array.from({ length: MAX_MEMBERS + 5 }, (_, index) =>
      legacyEvent(bob, { device_id: `D${index}`, created_ts: FIXTURE_TIME_MS - 9 }, { stateKey: `_${index}` }),
    );

    const { members } = derive({ callMembers: [...flood, legacyEvent(alice)] });

    expect([members.length, members.at(-1)?.deviceId]).toEqual([MAX_MEMBERS, "ALICEDEV"]);
  });

  it("bounds a flood of memberships and keeps the oldest", () => {
    const flood = Array.from({ length: MAX_MEMBERS + 5 }, (_, index) =>
      legacyEvent(alice, { device_id: `D${index}`, created_ts: FIXTURE_TIME_MS - index }, { stateKey: `_${index}` }),
    );

    const { members } = derive({ callMembers: flood });

    expect([members.length, members[0]?.deviceId]).toEqual([MAX_MEMBERS, `D${MAX_MEMBERS + 4}`]);
  });
});

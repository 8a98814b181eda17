import type { DeviceId, EventId, RtcMember, UserId } from "@conclave/matrix-rtc";
import { describe, expect, it } from "vitest";

import { type MemberSources, pairMembers } from "./callMembers.ts";
import type { SfuParticipant, SfuPublication, TrackSource } from "./sfu/ports.ts";
import { fakeTrack } from "./testing/index.ts";
import type { TrackVerdict } from "./trackVerdicts.ts";

const SERVICE_URL = "https://rtc.hs.example/livekit/jwt";
const self = {
  userId: "@alice:hs.example" as UserId,
  deviceId: "ALICEDEV" as DeviceId,
  memberId: "@alice:hs.example:ALICEDEV",
};

function member(name: string, changes: Partial<RtcMember> = {}): RtcMember {
  const identity = `@${name}:hs.example:${name.toUpperCase()}DEV`;
  return {
    userId: `@${name}:hs.example` as UserId,
    deviceId: `${name.toUpperCase()}DEV` as DeviceId,
    memberId: identity,
    joinedAtMs: 1_000,
    eventId: `$${name}` as EventId,
    sfuIdentities: [identity, `hash3 ${name}`, `hash2 ${name}`],
    transport: { type: "livekit", serviceUrl: SERVICE_URL },
    intent: undefined,
    displayName: name,
    ...changes,
  };
}

function publication(source: TrackSource, changes: Partial<SfuPublication> = {}): SfuPublication {
  const kind = source === "camera" || source === "screen_share" ? "video" : "audio";
  return { sid: `TR_${source}`, source, isMuted: false, track: fakeTrack(kind), ...changes };
}

function participant(identity: string, publications: readonly SfuPublication[] = []): SfuParticipant {
  return { identity, publications, isSpeaking: false, audioLevel: 0, quality: "good" };
}

function sources(changes: Partial<MemberSources> = {}): MemberSources {
  return {
    self,
    ownDisplayName: "Alice",
    ownIsSpeaking: false,
    joinedAtMs: 5_000,
    members: [],
    sfus: new Map([[SERVICE_URL, []]]),
    localTracks: new Map(),
    isEncrypted: true,
    verdictOf: () => undefined,
    hasKey: () => true,
    refused: new Set(),
    ghosts: new Set(),
    handOrders: new Map(),
    reactions: new Map(),
    hiddenSids: new Set(),
    ...changes,
  };
}

function bobWith(publications: readonly SfuPublication[], changes: Partial<MemberSources> = {}): MemberSources {
  const sfus = new Map([[SERVICE_URL, [participant("@bob:hs.example:BOBDEV", publications)]]]);
  return sources({ members: [member("bob")], sfus, ...changes });
}

function verdicts(bySource: Partial<Record<TrackSource, TrackVerdict>>): Pick<MemberSources, "verdictOf"> {
  return { verdictOf: (_identity, source) => bySource[source] };
}

describe("pairMembers", () => {
  it.each(["@bob:hs.example:BOBDEV", "hash3 bob", "hash2 bob"])("finds a member under the identity %s", (identity) => {
    const sfus = new Map([[SERVICE_URL, [participant(identity)]]]);

    const [bob] = pairMembers(sources({ members: [member("bob")], sfus }));

    expect(bob?.member.presence).toBe("connected");
  });

  it("keeps the order of the session and puts the own device last", () => {
    const own = member("alice", { joinedAtMs: 1 });

    const paired = pairMembers(sources({ members: [own, member("bob"), member("carol")] }));

    expect(paired.map(({ member: { displayName } }) => displayName)).toEqual(["bob", "carol", "alice"]);
    expect(paired.at(-1)?.member.joinedAtMs).toBe(1);
  });

  it("shows the own device before its membership has come back", () => {
    const [alice] = pairMembers(sources());

    expect(alice?.member).toMatchObject({ displayName: "Alice", isSelf: true, joinedAtMs: 5_000 });
  });

  it("leaves out participants for whom no membership vouches", () => {
    const sfus = new Map([[SERVICE_URL, [participant("@mallory:hs.example:X", [publication("camera")])]]]);

    expect(pairMembers(sources({ sfus }))).toHaveLength(1);
  });

  it("does not take a participant on another SFU for the member", () => {
    const sfus = new Map([
      [SERVICE_URL, []],
      ["https://rtc.other.example", [participant("@bob:hs.example:BOBDEV")]],
    ]);

    const [bob] = pairMembers(sources({ members: [member("bob")], sfus }));

    expect(bob?.member.presence).toBe("connecting");
  });

  it("says unreachable when a member names no SFU, or one that cannot be reached", () => {
    const nowhere = member("bob", { transport: undefined });
    const elsewhere = member("carol", { transport: { type: "livekit", serviceUrl: "https://down.example" } });
    const sfus = new Map([
      [SERVICE_URL, []],
      ["https://down.example", undefined],
    ]);

    const paired = pairMembers(sources({ members: [nowhere, elsewhere], sfus }));

    expect(paired.map(({ member: { presence } }) => presence)).toEqual(["unreachable", "unreachable", "connected"]);
  });

  it("says what is the matter with the SFU that a member names", () => {
    const nowhere = member("bob", { transport: undefined, noTransport: "needs_homeserver" });

    const paired = pairMembers(sources({ members: [nowhere, member("carol")] }));

    expect(paired.map(({ member: { noTransport } }) => noTransport)).toEqual([
      "needs_homeserver",
      undefined,
      undefined,
    ]);
  });

  it("takes the age of this session, not of an earlier one of the same device", () => {
    const earlier = member("alice", { memberId: "earlier", joinedAtMs: 1 });
    const own = member("alice", { joinedAtMs: 2 });

    const paired = pairMembers(sources({ members: [earlier, own] }));

    expect(paired.map(({ member: { isSelf, joinedAtMs } }) => [isSelf, joinedAtMs])).toEqual([[true, 2]]);
  });

  it("gives each its own place in the queue of hands, and its own emoji", () => {
    const [bob, carol, own] = pairMembers(sources({ members: [member("bob"), member("carol")] })).map(
      ({ member: { id } }) => id,
    ) as [string, string, string];
    const handOrders = new Map([
      [own, 1],
      [bob, 2],
    ]);

    const paired = pairMembers(
      sources({ members: [member("bob"), member("carol")], handOrders, reactions: new Map([[carol, "🎉"]]) }),
    );

    expect(paired.map(({ member: { handOrder, reaction } }) => [handOrder, reaction])).toEqual([
      [2, undefined],
      [undefined, "🎉"],
      [1, undefined],
    ]);
  });

  it("gives two memberships of one device two ids", () => {
    const paired = pairMembers(sources({ members: [member("bob"), member("bob", { memberId: "another" })] }));

    expect(new Set(paired.map(({ member: { id } }) => id)).size).toBe(3);
  });

  it("shows own tracks as they are meant to be sent", () => {
    const track = fakeTrack("audio");
    const localTracks = new Map([["microphone" as const, { track, isMuted: true }]]);

    const [alice] = pairMembers(sources({ localTracks }));

    expect(alice?.member.microphone).toMatchObject({ track, isMuted: true });
  });
});

describe("what is said about a member's frames", () => {
  const both = [publication("microphone"), publication("camera")];

  it.each([
    ["decrypting", { microphone: "ok", camera: "ok" }],
    ["decrypting", { microphone: "ok", camera: "waiting" }],
    ["waiting_for_key", { microphone: "ok", camera: "no_key" }],
    ["failing", { microphone: "no_key", camera: "auth_failed" }],
    ["nothing_to_decrypt", { microphone: "idle", camera: "waiting" }],
  ] as const)("is %s for %o", (decryption, bySource) => {
    const [bob] = pairMembers(bobWith(both, verdicts(bySource)));

    expect(bob?.member.decryption).toBe(decryption);
  });

  it("is that a key is missing while none is held, even if no frame came yet", () => {
    const [bob] = pairMembers(bobWith(both, { ...verdicts({ camera: "waiting" }), hasKey: () => false }));

    expect(bob?.member.decryption).toBe("waiting_for_key");
  });

  it("is that its device is not trusted, whatever it sends", () => {
    const refused = new Set([member("bob").memberId]);
    const [bob] = pairMembers(bobWith(both, { ...verdicts({ camera: "no_key" }), hasKey: () => false, refused }));

    expect(bob?.member.decryption).toBe("not_trusted");
  });

  it("is nothing for a member whose tracks are muted", () => {
    const muted = both.map((one) => ({ ...one, isMuted: true }));

    const [bob] = pairMembers(bobWith(muted, { hasKey: () => false }));

    expect(bob?.member.decryption).toBe("nothing_to_decrypt");
    expect(bob?.rendered).toEqual({ renderedTracks: 0, verifiedTracks: 0 });
  });

  it("counts a track as verified only while its frames are authenticated", () => {
    const [bob] = pairMembers(bobWith(both, verdicts({ microphone: "ok", camera: "idle" })));

    expect(bob?.rendered).toEqual({ renderedTracks: 2, verifiedTracks: 1 });
  });

  it("leaves out videos that are not on the screen", () => {
    const hiddenSids = new Set(["TR_camera"]);

    const [bob] = pairMembers(bobWith(both, { ...verdicts({ microphone: "ok", camera: "idle" }), hiddenSids }));

    expect(bob?.rendered).toEqual({ renderedTracks: 1, verifiedTracks: 1 });
  });
});

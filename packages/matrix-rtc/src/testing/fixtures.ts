import type { DeviceId, EventId, RoomId, UserId } from "../ids.ts";
import type { RawEvent, RoomView } from "../ports.ts";

/** A moment after `FakeClock` starts, used as the time of joining in fixtures. */
export const FIXTURE_TIME_MS: number = Date.UTC(2026, 10, 1);

export interface FixturePerson {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
}

/** `person("alice")` is `@alice:hs.example` with device `ALICEDEV`. */
export function person(name: string): FixturePerson {
  return { userId: `@${name}:hs.example` as UserId, deviceId: `${name.toUpperCase()}DEV` as DeviceId };
}

/** A layer A membership event as Element Call writes it, with parts of its content replaced. */
export function legacyEvent(who: FixturePerson, content: object = {}, event: Partial<RawEvent> = {}): RawEvent {
  const { userId, deviceId } = who;
  return {
    type: "org.matrix.msc3401.call.member",
    eventId: `$legacy-${deviceId}` as EventId,
    sender: userId,
    originServerTsMs: FIXTURE_TIME_MS,
    stateKey: `_${userId}_${deviceId}_m.call`,
    content: {
      application: "m.call",
      call_id: "",
      scope: "m.room",
      device_id: deviceId,
      membershipID: `${userId}:${deviceId}`,
      expires: 14_400_000,
      focus_active: { type: "livekit", focus_selection: "multi_sfu" },
      foci_preferred: [{ type: "livekit", livekit_service_url: "https://rtc.hs.example/livekit/jwt" }],
      ...content,
    },
    ...event,
  };
}

/** A layer B sticky membership event, with parts of its content replaced. */
export function stickyEvent(who: FixturePerson, content: object = {}, event: Partial<RawEvent> = {}): RawEvent {
  const memberId = `member-of-${who.deviceId}`;
  return {
    type: "org.matrix.msc4143.rtc.member",
    eventId: `$sticky-${who.deviceId}` as EventId,
    sender: who.userId,
    originServerTsMs: FIXTURE_TIME_MS,
    stickyForMs: 3_600_000,
    content: {
      slot_id: "m.call#ROOM",
      member: { id: memberId, user_id: who.userId, device_id: who.deviceId },
      application: { type: "m.call", "m.call.intent": "video" },
      transports: {
        published: [{ type: "livekit", livekit_service_url: "https://rtc.hs.example/livekit/jwt" }],
        can_subscribe: ["livekit"],
      },
      versions: [],
      msc4354_sticky_key: memberId,
      ...content,
    },
    ...event,
  };
}

/** A room in which everybody who sent an event is joined. */
export function roomWith(parts: Partial<RoomView>): RoomView {
  const senders = [...(parts.callMembers ?? []), ...(parts.stickyMembers ?? [])].map((event) => event.sender);
  return {
    roomId: "!abc123:hs.example" as RoomId,
    roomVersion: "10",
    name: "Standup",
    isEncrypted: true,
    joined: new Map(senders.map((sender) => [sender, { displayName: sender.slice(1, sender.indexOf(":")) }])),
    callMembers: [],
    stickyMembers: [],
    slots: [],
    ...parts,
  };
}

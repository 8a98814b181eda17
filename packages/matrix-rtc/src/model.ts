import type { DeviceId, EventId, UserId } from "./ids.ts";

/** A named meeting point in a room. `m.call` with id `ROOM` is the one in use (MSC4143). */
export interface SlotDescription {
  readonly application: string;
  readonly id: string;
}

/** The slot that every deployed client uses. */
export const ROOM_CALL_SLOT: SlotDescription = { application: "m.call", id: "ROOM" };

/** Where a member's media can be found. */
export type RtcTransport = {
  readonly type: "livekit";
  /** Base URL of the authorisation service, normalised: no trailing slash, lower-case scheme and host. */
  readonly serviceUrl: string;
};

export type CallIntent = "audio" | "video";

/** One device of one user in one slot, as Matrix says. */
export interface RtcMember {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Layer A: `user:device`. Layer B: random per join. */
  readonly memberId: string;
  /** When it joined, by the homeserver's clock; stable over refreshes. Order of age. */
  readonly joinedAtMs: number;
  readonly eventId: EventId;
  /** SFU identities under which it may appear, most likely first (`user:device`, three-input hash, two-input hash). */
  readonly sfuIdentities: readonly string[];
  /** `undefined`: listed, but its media cannot be reached. */
  readonly transport: RtcTransport | undefined;
  readonly intent: CallIntent | undefined;
  readonly displayName: string | undefined;
}

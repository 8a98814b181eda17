/** Why a participation is over, as far as it makes a difference to who takes part. */
export type EndReason = "left" | "removed" | "duplicate_identity" | "room_deleted" | "failed";

/** Numbers of `DisconnectReason`: every library has an enum of its own for them, and ours would weigh as much as protobuf. */
const CLIENT_INITIATED = 1;
const DUPLICATE_IDENTITY = 2;
const PARTICIPANT_REMOVED = 4;
const ROOM_DELETED = 5;
const ROOM_CLOSED = 10;

const END_REASONS: ReadonlyMap<number | undefined, EndReason> = new Map([
  [CLIENT_INITIATED, "left"],
  [DUPLICATE_IDENTITY, "duplicate_identity"],
  [PARTICIPANT_REMOVED, "removed"],
  [ROOM_DELETED, "room_deleted"],
  [ROOM_CLOSED, "room_deleted"],
]);

/**
 * What a `DisconnectReason` comes down to; `failed` for every other and for none: then to come again may help.
 *
 * @see LiveKit protocol, livekit_models.proto DisconnectReason
 */
export function toEndReason(disconnectReason: number | undefined): EndReason {
  return END_REASONS.get(disconnectReason) ?? "failed";
}

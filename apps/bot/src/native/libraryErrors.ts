import { DisconnectReason } from "@livekit/rtc-node";
import { CallError, type SfuConnection } from "@conclave/call";

export type EndReason = Parameters<Parameters<SfuConnection["ended"]["on"]>[1]>[0]["reason"];

/**
 * The library says why it could not connect in words only, which hold addresses, so every failure looks like an SFU that
 * cannot be reached, and is tried again with a new grant.
 */
export function toConnectError(): CallError {
  return new CallError("sfu_unreachable", "The SFU cannot be reached", { retryable: true });
}

/** Says why a room is over. */
export function toEndReason(reason: DisconnectReason): EndReason {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return "left";
    case DisconnectReason.DUPLICATE_IDENTITY:
      return "duplicate_identity";
    case DisconnectReason.PARTICIPANT_REMOVED:
      return "removed";
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return "room_deleted";
    default:
      return "failed";
  }
}

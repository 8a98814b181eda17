import { CallError, type SfuConnection } from "@conclave/call";
import { DisconnectReason, type LeaveRequest, LeaveRequest_Action } from "@livekit/protocol";

export type EndReason = Parameters<Parameters<SfuConnection["ended"]["on"]>[1]>[0]["reason"];

const HTTP_UNAUTHORISED = 401;
const HTTP_FORBIDDEN = 403;
const HTTP_TOO_MANY = 429;
const HTTP_UNAVAILABLE = 503;

/** Says what a refused upgrade means, or one that got no answer (no status). @see livekit.md 1.3 */
export function toConnectError(status?: number): CallError {
  if (status === HTTP_UNAVAILABLE || status === HTTP_TOO_MANY) {
    return new CallError("sfu_full", `The SFU has no room left (${status})`, { retryable: true });
  }
  if (status === HTTP_UNAUTHORISED || status === HTTP_FORBIDDEN) {
    return new CallError("grant_refused", `The SFU refused the grant (${status})`);
  }
  return new CallError("sfu_unreachable", `The SFU cannot be reached (${status ?? "no answer"})`, { retryable: true });
}

/** Says why the server ends a connection; `failed` where it wants us to come again. @see livekit.md 1.12 */
export function toEndReason({ action, reason }: Pick<LeaveRequest, "action" | "reason">): EndReason {
  if (action !== LeaveRequest_Action.DISCONNECT) return "failed";
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

import { CallError } from "@conclave/call";
import { type EndReason, toEndReason } from "@conclave/livekit-wire";
import { type LeaveRequest, LeaveRequest_Action } from "@livekit/protocol";

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
export function readLeave({ action, reason }: Pick<LeaveRequest, "action" | "reason">): EndReason {
  return action === LeaveRequest_Action.DISCONNECT ? toEndReason(reason) : "failed";
}

import { ConnectionError, ConnectionErrorReason, DisconnectReason } from "livekit-client";

import { CallError } from "../../errors.ts";
import type { SfuConnection } from "../../sfu/ports.ts";

export type EndReason = Parameters<Parameters<SfuConnection["ended"]["on"]>[1]>[0]["reason"];

const HTTP_TOO_MANY = 429;
const HTTP_UNAVAILABLE = 503;
const HTTP_NOT_FOUND = 404;

/**
 * Says what a failed connection attempt means. livekit-client's message may hold the URL with the token, so neither it
 * nor the error goes on as `cause`.
 *
 * @see livekit.md 1.3 (status codes), matrixrtc.md 10 (how deployed clients read them)
 */
export function toConnectError(fault: unknown): CallError {
  const { reason, status } = read(fault);
  if (status === HTTP_UNAVAILABLE || status === HTTP_TOO_MANY) {
    return new CallError("sfu_full", `The SFU has no room left (${status})`, { retryable: true });
  }
  if (reason === ConnectionErrorReason.NotAllowed && status !== HTTP_NOT_FOUND) {
    return new CallError("grant_refused", `The SFU refused the grant (${status ?? "no status"})`);
  }
  const detail = reason === undefined ? "no reason" : ConnectionErrorReason[reason];
  return new CallError("sfu_unreachable", `The SFU cannot be reached (${detail})`, { retryable: true });
}

function read(fault: unknown): { readonly reason?: ConnectionErrorReason; readonly status?: number } {
  if (!(fault instanceof ConnectionError)) return {};
  const { reason } = fault;
  const context: unknown = fault.context;
  const status: unknown = fault.status ?? (isRecord(context) ? context["status"] : undefined);
  return { reason, ...(typeof status === "number" && { status }) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Says why a room is over. */
export function toEndReason(reason: DisconnectReason | undefined): EndReason {
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

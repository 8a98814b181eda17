import { ConnectionError, ConnectionErrorReason } from "livekit-client";

import { CallError } from "../../errors.ts";

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

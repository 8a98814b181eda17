import { CallError, type CallErrorCode } from "./errors.ts";

/** Where our authorisation service says why it refuses. Others, lk-jwt-service among them, do not. */
export const CAUSE_HEADER = "conclave-cause";

interface Meaning {
  readonly code: CallErrorCode;
  readonly retryable: boolean;
}

/** The causes that say more than a status does. @see docs/token-service.md, "When something is refused" */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["not_in_room", { code: "grant_not_member", retryable: false }],
  ["homeserver_unreachable", { code: "grant_homeserver_unreachable", retryable: true }],
  ["sfu_refused", { code: "grant_sfu_unreachable", retryable: true }],
  ["sfu_unreachable", { code: "grant_sfu_unreachable", retryable: true }],
  ["server_limited", { code: "grant_busy", retryable: true }],
  ["service_busy", { code: "grant_busy", retryable: true }],
]);

/**
 * What it means that an authorisation service did not grant a token.
 *
 * @param cause its `Conclave-Cause`, if it sent one; a cause that we do not know is as good as none
 */
export function grantRefusal(route: string, status: number, cause: string | null): CallError {
  const { code, retryable } = MEANINGS.get(cause ?? "") ?? meaningOf(status, route);
  return new CallError(code, messageOf(code, status, route), { retryable });
}

function meaningOf(status: number, route: string): Meaning {
  if (status === 429) return { code: "rate_limited", retryable: true };
  if (isMissing(status)) {
    return { code: route === "/sfu/get" ? "grant_unreachable" : "grant_refused", retryable: false };
  }
  return status >= 500 ? { code: "grant_unreachable", retryable: true } : { code: "grant_refused", retryable: false };
}

function isMissing(status: number): boolean {
  return status === 404 || status === 405;
}

function messageOf(code: CallErrorCode, status: number, route: string): string {
  if (code === "grant_unreachable" && isMissing(status)) return "There is no authorisation service at this address";
  if (isMissing(status)) return "The authorisation service is too old for sticky memberships (MSC4195)";
  return `The authorisation service answered ${route} with ${status}`;
}

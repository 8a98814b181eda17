import { CallError } from "@conclave/call";

/**
 * The library says why it could not connect in words only, which hold addresses, so every failure looks like an SFU that
 * cannot be reached, and is tried again with a new grant.
 */
export function toConnectError(): CallError {
  return new CallError("sfu_unreachable", "The SFU cannot be reached", { retryable: true });
}

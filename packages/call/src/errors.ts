import { CodedError } from "@conclave/kit";

export type CallErrorCode =
  | "slot_invalid"
  | "no_transport"
  | "openid_refused"
  | "grant_refused"
  | "grant_unreachable"
  /** The authorisation service knows that we are not in the room. */
  | "grant_not_member"
  /** The authorisation service could not ask our homeserver about us. */
  | "grant_homeserver_unreachable"
  /** The authorisation service does not get through to its SFU, or the SFU does not take its word. */
  | "grant_sfu_unreachable"
  /** The authorisation service has too much to do for others. */
  | "grant_busy"
  | "rate_limited"
  | "sfu_unreachable"
  | "sfu_full"
  | "sfu_removed"
  | "duplicate_identity"
  | "membership_failed"
  | "homeserver_unreachable"
  | "logged_out"
  | "room_not_found"
  | "room_forbidden"
  | "encryption_unsupported"
  | "crypto_failed"
  | "config_invalid"
  | "device_failed"
  | "publish_failed"
  /** The homeserver did not take a hand, an emoji or an answer. */
  | "event_refused"
  | "internal";

/** Every failure that leaves this package. The text for people is in `web/strings`, keyed by `code`. */
export class CallError extends CodedError<CallErrorCode> {}

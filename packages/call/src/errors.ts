import { CodedError } from "@conclave/kit";

export type CallErrorCode =
  | "slot_invalid"
  | "no_transport"
  | "openid_refused"
  | "grant_refused"
  | "grant_unreachable"
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

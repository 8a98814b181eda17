import { CodedError } from "@conclave/kit";

export type TargetErrorCode =
  | "bad_url"
  | "foreign_host"
  | "unreachable"
  | "not_a_homeserver"
  | "not_a_link"
  | "room_not_found"
  | "registration_closed"
  | "wrong_credentials"
  | "accounts_invalid"
  | "accounts_used_up"
  | "no_sfu"
  | "half_configured"
  | "jwt_unreachable"
  | "jwt_refused"
  | "sfu_unreachable"
  | "sfu_refused"
  | "rate_limited"
  | "refused"
  | "not_allowed"
  | "no_account"
  | "clock_unknown"
  | "stack_failed";

/** What a swarm was let loose on does not work; the message is one sentence for the person who started it. */
export class TargetError extends CodedError<TargetErrorCode> {}

import { CodedError } from "@conclave/kit";

export type SfuErrorCode =
  | "config_invalid"
  /** A port of this machine is in use, or not ours to use. */
  | "address_unavailable"
  /** No token, or one that does not verify. */
  | "token_refused"
  /** The token is genuine but does not allow to join. */
  | "join_forbidden"
  | "join_malformed"
  | "room_not_found"
  | "participant_not_found"
  | "track_not_found"
  /** The server API was called without a token that allows it. */
  | "api_forbidden"
  | "api_method_unknown"
  /** A method of LiveKit's that this SFU does not offer. */
  | "api_method_unsupported"
  | "api_too_fast"
  | "argument_invalid"
  /** Only people open their own microphones, unless the operator has said otherwise. */
  | "unmute_forbidden"
  /** A bound on rooms or participants is reached. */
  | "capacity_reached"
  | "path_not_found"
  /** A resume of a participant that is not there any more. */
  | "session_unknown"
  | "message_malformed"
  | "message_too_large"
  /** A client sends faster than it is served, or does not read. */
  | "client_too_fast"
  | "client_too_slow"
  | "sdp_malformed"
  | "negotiation_timeout"
  | "publish_refused"
  | "media_failed"
  /** The media worker is not there. */
  | "media_unavailable"
  | "ended";

/** Every failure inside the SFU. Never holds tokens, SDP or payloads. */
export class SfuError extends CodedError<SfuErrorCode> {}

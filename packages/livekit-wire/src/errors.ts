import { CodedError } from "@conclave/kit";

export type LivekitWireErrorCode =
  /** Not a JWT, or its claims have a wrong shape. */
  | "token_malformed"
  /** The issuer is none of the known API keys. */
  | "token_key_unknown"
  /** The signature or the algorithm is wrong. */
  | "token_forged"
  | "token_expired"
  | "token_not_yet_valid"
  /** Bytes or text that are no signalling message. */
  | "message_malformed"
  | "message_too_large";

/** Every failure that leaves this package. Never holds the token or the message. */
export class LivekitWireError extends CodedError<LivekitWireErrorCode> {}

import { SfuError, type SfuErrorCode } from "../errors.ts";

/** An error as Twirp writes it. @see Twirp wire protocol v7, "Error codes" */
export interface TwirpError {
  readonly code: string;
  readonly status: number;
}

const INTERNAL: TwirpError = { code: "internal", status: 500 };
const NOT_FOUND: TwirpError = { code: "not_found", status: 404 };
const UNAVAILABLE: TwirpError = { code: "unavailable", status: 503 };
// LiveKit's server says so too when a token is good but does not allow the call.
const UNAUTHENTICATED: TwirpError = { code: "unauthenticated", status: 401 };

const ERRORS: Readonly<Partial<Record<SfuErrorCode, TwirpError>>> = {
  token_refused: UNAUTHENTICATED,
  api_forbidden: UNAUTHENTICATED,
  room_not_found: NOT_FOUND,
  participant_not_found: NOT_FOUND,
  track_not_found: NOT_FOUND,
  api_method_unknown: { code: "bad_route", status: 404 },
  api_method_unsupported: { code: "unimplemented", status: 501 },
  message_malformed: { code: "malformed", status: 400 },
  message_too_large: { code: "resource_exhausted", status: 429 },
  api_too_fast: { code: "resource_exhausted", status: 429 },
  capacity_reached: { code: "resource_exhausted", status: 429 },
  argument_invalid: { code: "invalid_argument", status: 400 },
  unmute_forbidden: { code: "failed_precondition", status: 412 },
  media_unavailable: UNAVAILABLE,
  ended: UNAVAILABLE,
};

/** Translates a failed call; what was not foreseen is internal and tells nothing. */
export function toTwirpError(fault: unknown): TwirpError & { readonly message: string } {
  const known = fault instanceof SfuError ? ERRORS[fault.code] : undefined;
  if (!(fault instanceof SfuError) || !known) return { ...INTERNAL, message: "internal error" };
  return { ...known, message: fault.message };
}

import { CodedError, type CodedErrorOptions } from "@conclave/kit";

export type MatrixRtcErrorCode =
  /** No answer, or a 5xx. */
  | "homeserver_unreachable"
  | "rate_limited"
  | "not_found"
  | "forbidden"
  /** The access token is not valid any more. */
  | "logged_out"
  | "unsupported"
  | "homeserver_refused"
  /** No route of discovery named a usable SFU; `tried` lists them. */
  | "no_transport"
  | "slot_invalid"
  /** Somebody has closed the slot: nobody is in it by a sticky membership. */
  | "slot_closed"
  | "membership_failed";

export interface MatrixRtcErrorOptions extends CodedErrorOptions {
  readonly retryAfterMs?: number;
  /** The longest delay of an event that the homeserver accepts, where that was the reason (MSC4140). */
  readonly maxDelayMs?: number;
  readonly tried?: readonly TriedRoute[];
}

/** One route of transport discovery and what it returned. */
export interface TriedRoute {
  readonly route: "homeserver" | "well_known" | "configuration";
  readonly outcome: string;
}

/** Every failure that leaves this package. */
export class MatrixRtcError extends CodedError<MatrixRtcErrorCode> {
  readonly retryAfterMs: number | undefined;
  readonly maxDelayMs: number | undefined;
  readonly tried: readonly TriedRoute[];

  constructor(code: MatrixRtcErrorCode, message: string, options: MatrixRtcErrorOptions = {}) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
    this.maxDelayMs = options.maxDelayMs;
    this.tried = options.tried ?? [];
  }
}

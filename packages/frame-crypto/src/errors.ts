import { CodedError } from "@conclave/kit";

/** Codes of broken promises. What happens to single frames is an outcome, never an error. */
export type FrameCryptoErrorCode =
  /** The browser has neither `RTCRtpScriptTransform` nor encoded streams. The track must not be published or played. */
  | "transform_unsupported"
  /** The browser refused to attach the transform. The track must not be published or played. */
  | "transform_refused"
  | "host_closed"
  /** The worker crashed before it could answer. */
  | "worker_restarted"
  /** There is no key to encrypt with, or the sender is suspended. */
  | "no_sender_key"
  /** More is being asked of the worker than it can be expected to answer. */
  | "too_many_requests"
  | "invalid_key"
  | "invalid_key_index"
  | "too_many_owners";

/** The one error class of this package. */
export class FrameCryptoError extends CodedError<FrameCryptoErrorCode> {}

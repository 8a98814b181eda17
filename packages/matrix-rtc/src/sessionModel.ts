import type { MatrixRtcError } from "./errors.ts";
import type { DeviceId, UserId } from "./ids.ts";

/** The own place in the session. */
export interface RtcSelf {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  readonly memberId: string;
}

/** idle → joining → joined → leaving → left, or failed; `isProbablyLeft`: the homeserver may have fired the delayed leave. */
export type RtcSessionState =
  | { readonly phase: "idle" }
  | { readonly phase: "joining" }
  | { readonly phase: "joined"; readonly isProbablyLeft: boolean }
  | { readonly phase: "leaving" }
  | { readonly phase: "left" }
  | { readonly phase: "failed"; readonly error: MatrixRtcError };

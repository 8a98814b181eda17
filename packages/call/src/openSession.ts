import type { Scope } from "@conclave/kit";
import {
  type MatrixFeatures,
  openRtcSession,
  type OwnForm,
  type RtcSession,
  ROOM_CALL_SLOT,
} from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import type { JoinOptions } from "./model.ts";
import { toCallError } from "./toCallError.ts";

/** Opens the call's session in the room's slot. @throws {CallError} `slot_invalid` */
export function openSession(
  deps: CallDeps,
  options: Pick<JoinOptions, "roomId" | "slot"> & {
    readonly features: MatrixFeatures | undefined;
    /** As what to go in; as layer A has it if it is not given. */
    readonly form?: OwnForm;
  },
  scope: Scope,
): RtcSession {
  const { roomId, slot = ROOM_CALL_SLOT, features, form } = options;
  try {
    return openRtcSession(deps, { roomId, slot, ...(features && { features }), ...(form && { form }) }, scope);
  } catch (fault) {
    throw toCallError(fault, "slot_invalid");
  }
}

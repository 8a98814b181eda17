import type { Scope } from "@conclave/kit";
import { type MatrixFeatures, openRtcSession, type RtcSession, ROOM_CALL_SLOT } from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import type { JoinOptions } from "./model.ts";
import { toCallError } from "./toCallError.ts";

/** Opens the call's session in the room's slot. @throws {CallError} `slot_invalid` */
export function openSession(
  deps: CallDeps,
  options: Pick<JoinOptions, "roomId" | "slot"> & { readonly features: MatrixFeatures | undefined },
  scope: Scope,
): RtcSession {
  const { roomId, slot = ROOM_CALL_SLOT, features } = options;
  try {
    return openRtcSession(deps, { roomId, slot, ...(features && { features }) }, scope);
  } catch (fault) {
    throw toCallError(fault, "slot_invalid");
  }
}

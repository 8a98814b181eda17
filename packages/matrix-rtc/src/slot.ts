import { MatrixRtcError } from "./errors.ts";
import { ROOM_CALL_SLOT, type SlotDescription } from "./model.ts";

/**
 * `application#id`, as slot events and layer B name a slot.
 *
 * @throws {MatrixRtcError} `slot_invalid` if a part is empty or contains `#`
 * @see MSC4143; matrixrtc.md 3.1
 */
export function slotId(slot: SlotDescription): string {
  const isValid = [slot.application, slot.id].every((part) => part !== "" && !part.includes("#"));
  if (!isValid) throw new MatrixRtcError("slot_invalid", "Both parts of a slot must be non-empty and free of #");
  return `${slot.application}#${slot.id}`;
}

/** Layer A's `call_id`: empty for the room's call, the slot's id otherwise. */
export function callIdOfSlot(slot: SlotDescription): string {
  return isRoomCall(slot) ? "" : slot.id;
}

/** The slot that layer A's `application` and `call_id` name. */
export function slotOfCallId(application: string, callId: string): SlotDescription {
  const id = application === ROOM_CALL_SLOT.application && callId === "" ? ROOM_CALL_SLOT.id : callId;
  return { application, id };
}

export function isSameSlot(a: SlotDescription, b: SlotDescription): boolean {
  return a.application === b.application && a.id === b.id;
}

function isRoomCall(slot: SlotDescription): boolean {
  return isSameSlot(slot, ROOM_CALL_SLOT);
}

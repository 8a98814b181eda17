import type { DelayId } from "../ids.ts";
import type { MembershipState } from "./membershipModel.ts";

/** The delayed leave that the homeserver holds for this device. Whoever knows `delayId` can restart or send it. */
export interface HeldLeave {
  readonly delayId: DelayId;
  readonly delayMs: number;
  /** Whether the homeserver takes our restarts; if not, the leave fires in less than `delayMs`. */
  readonly isKept: boolean;
}

/** What is armed in a membership that is wanted. */
export function heldLeave({ armed, waits, wish }: MembershipState): HeldLeave | undefined {
  if (!armed || wish === "out") return undefined;
  const isKept = !armed.isDue && waits.restart_leave === undefined;
  return { delayId: armed.delayId, delayMs: armed.delayMs, isKept };
}

/** Whether it is the same leave, kept or not kept as before. */
export function isSameLeave(a: HeldLeave | undefined, b: HeldLeave | undefined): boolean {
  return a?.delayId === b?.delayId && a?.isKept === b?.isKept;
}

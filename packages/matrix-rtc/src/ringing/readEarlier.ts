import { type Scope, until } from "@conclave/kit";

import { CALL_EVENTS } from "../callEvents.ts";
import { MatrixRtcError } from "../errors.ts";
import type { RoomEvent } from "../ports.ts";
import type { RingingRoom, WatchRingDeps } from "./watchRing.ts";

/** Asks once for the notification of the oldest member: only the first of a call sends one. Never rejects. */
export async function readEarlier(
  { logger, matrix }: WatchRingDeps,
  { roomId, room, members }: RingingRoom,
  found: (event: RoomEvent) => void,
  scope: Scope,
): Promise<void> {
  try {
    const view = await until(scope, room, (view) => view !== undefined);
    const [oldest] = await until(scope, members, (list) => list.length > 0);
    if (!oldest || view?.isEncrypted) return;
    const query = { eventId: oldest.eventId, relType: "m.reference", type: CALL_EVENTS.notification };
    for (const event of await matrix.readRelations(roomId, query)) if (!scope.isEnded) found(event);
  } catch (fault) {
    if (fault instanceof MatrixRtcError) logger.debug("earlier notifications not read", { code: fault.code });
    else if (!scope.isEnded) throw fault;
  }
}

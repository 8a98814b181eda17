import { type Clock, type ReadonlySignal, type Scope, until } from "@conclave/kit";
import type { RoomView } from "@conclave/matrix-rtc";

import { CallError } from "./errors.ts";

/** A room that the account is in arrives with the first sync. */
const ROOM_TIMEOUT_MS = 15_000;

/** Waits for the room to arrive. @throws {CallError} `room_not_found` */
export async function awaitRoom(
  clock: Clock,
  room: ReadonlySignal<RoomView | undefined>,
  scope: Scope,
): Promise<RoomView> {
  const waiting = scope.child();
  const cancelTimer = clock.after(ROOM_TIMEOUT_MS, () => void waiting.end());
  try {
    return await until(waiting, room, (view): view is RoomView => view !== undefined);
  } catch (cause) {
    throw new CallError("room_not_found", "The room did not arrive; is the account in it?", { cause, retryable: true });
  } finally {
    cancelTimer();
    void waiting.end();
  }
}

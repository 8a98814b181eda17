import type { Room } from "@livekit/rtc-node";
import type { CancelTimer, Clock } from "@conclave/kit";

import type { MediaBytes } from "../model.ts";
import type { WireCount } from "../sfu/WireCount.ts";

export type RoomStats = Awaited<ReturnType<Room["getRtcStats"]>>;

/** The library goes through all streams for each answer. */
const INTERVAL_MS = 2_000;

/**
 * Adds to `wire` what a room carries, as the library counts it. What came since the last reading before the end is not
 * counted.
 *
 * @param read totals of the room so far; may fail while it is not connected
 * @returns a function that ends it
 */
export function countRoom(clock: Clock, read: () => Promise<MediaBytes>, wire: WireCount): () => void {
  let seen: MediaBytes = { sent: 0, received: 0 };
  let isOver = false;
  let cancel: CancelTimer | undefined;
  const look = async (): Promise<void> => {
    const now = await read().catch(() => seen);
    if (isOver) return;
    wire.noteSent(growth(seen.sent, now.sent));
    wire.noteReceived(growth(seen.received, now.received));
    seen = now;
    wait();
  };
  const wait = (): void => {
    cancel = clock.after(INTERVAL_MS, () => void look());
  };
  wait();
  return () => {
    isOver = true;
    cancel?.();
  };
}

/** Whatever went over the transports of a room. */
export function carriedBy({ publisherStats, subscriberStats }: RoomStats): MediaBytes {
  let [sent, received] = [0, 0];
  for (const { stats } of [...publisherStats, ...subscriberStats]) {
    if (stats.case !== "transport") continue;
    sent += Number(stats.value.transport?.bytesSent ?? 0);
    received += Number(stats.value.transport?.bytesReceived ?? 0);
  }
  return { sent, received };
}

/** The library's totals begin anew when it reconnects. */
function growth(before: number, now: number): number {
  return now < before ? now : now - before;
}

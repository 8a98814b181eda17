import type { Core } from "../Core.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";
import { passesType, wantsRoom } from "./filter.ts";
import type { SyncRequest } from "./SyncRequest.ts";

interface ReceiptRow {
  user_id: string;
  type: string;
  thread_id: string;
  event_id: string;
  at: number;
}

/** Typing and receipts that changed. Private receipts are shown to their owner only. */
export function ephemeralEvents(core: Core, request: SyncRequest, roomId: string, sincePos: number): ClientEvent[] {
  const filter = request.filter.room?.ephemeral;
  if (!wantsRoom(filter, roomId)) return [];
  const events: ClientEvent[] = [];
  const typing = core.typing.changedSince(roomId, request.since.stream);
  if (typing) events.push({ type: "m.typing", content: { user_ids: typing } });
  const range = { afterPos: sincePos, upToPos: request.upTo };
  const receipts = receiptsBetween(core, roomId, request.viewer.userId, range);
  if (receipts) events.push(receipts);
  return events.filter((event) => passesType(filter, String(event["type"])));
}

/** Receipts of a range of positions as one event, or `undefined` if there are none. */
export function receiptsBetween(
  core: Core,
  roomId: string,
  userId: string,
  { afterPos, upToPos }: { readonly afterPos: number; readonly upToPos: number },
): ClientEvent | undefined {
  const rows = core.db.all<ReceiptRow>(
    `SELECT user_id, type, thread_id, event_id, at FROM receipts
     WHERE room_id = ? AND pos > ? AND pos <= ? AND (type <> 'm.read.private' OR user_id = ?)`,
    roomId,
    afterPos,
    upToPos,
    userId,
  );
  return rows.length === 0 ? undefined : { type: "m.receipt", content: receiptContent(rows) };
}

function receiptContent(rows: readonly ReceiptRow[]): ClientEvent {
  const content: Record<string, Record<string, Record<string, unknown>>> = {};
  for (const row of rows) {
    const byType = (content[row.event_id] ??= {});
    const byUser = (byType[row.type] ??= {});
    byUser[row.user_id] = { ts: row.at, ...(row.thread_id !== "" && { thread_id: row.thread_id }) };
  }
  return content;
}

import { type DelayId, type EventId, MatrixRtcError, type RelationQuery, type RoomId } from "@conclave/matrix-rtc";

import { DELAY_PARAMETER, delayIdOf } from "./delayedEvents.ts";
import { type HomeserverClient, type HomeserverRequest, matrixPath } from "./HomeserverClient.ts";
import { arrayAt, recordAt, stringAt } from "./json.ts";
import { type SyncEvent, tryParseEvent } from "./parseSync.ts";

const ROOMS = "/_matrix/client/v3/rooms";
const STICKY_PARAMETER = "org.matrix.msc4354.sticky_duration_ms";
/** What carries a transaction id may be repeated as it is. */
const RETRIES = 2;
const MAX_READ = 100;

/** A message event as it goes over the wire: encrypted where it has to be. */
export interface OutgoingMessage {
  readonly roomId: RoomId;
  readonly type: string;
  readonly content: object;
  readonly transactionId: string;
  readonly stickyForMs?: number | undefined;
}

/** @see Client-Server API, "PUT /rooms/{roomId}/send/{eventType}/{txnId}"; MSC4354 for sticky ones */
export async function sendMessage(client: HomeserverClient, message: OutgoingMessage): Promise<EventId> {
  return eventIdOf(await client.json(toRequest(message)));
}

/** @see MSC4140, the form with a query parameter that is deployed */
export async function scheduleMessage(
  client: HomeserverClient,
  message: OutgoingMessage,
  delayMs: number,
): Promise<DelayId> {
  return delayIdOf(await client.json(toRequest(message, { [DELAY_PARAMETER]: String(Math.round(delayMs)) })));
}

/** @see Client-Server API, "PUT /rooms/{roomId}/redact/{eventId}/{txnId}" */
export async function redactEvent(
  client: HomeserverClient,
  { roomId, eventId, transactionId }: Pick<OutgoingMessage, "roomId" | "transactionId"> & { readonly eventId: EventId },
): Promise<void> {
  const path = matrixPath(ROOMS, roomId, "redact", eventId, transactionId);
  await client.json({ method: "PUT", path, body: {}, retries: RETRIES });
}

/** One page, the newest first. @see Client-Server API, "Relationships API" */
export async function readRelations(
  client: HomeserverClient,
  roomId: RoomId,
  { eventId, relType, type }: RelationQuery,
): Promise<readonly SyncEvent[]> {
  const path = matrixPath("/_matrix/client/v1/rooms", roomId, "relations", eventId, relType, type);
  const query = { limit: String(MAX_READ) };
  return parsePage(await client.json({ method: "GET", path, query, retries: RETRIES }), type);
}

/** One page, the newest first. @see Client-Server API, "GET /rooms/{roomId}/messages" */
export async function readRecentEvents(
  client: HomeserverClient,
  roomId: RoomId,
  type: string,
): Promise<{ readonly events: readonly SyncEvent[]; readonly isAll: boolean }> {
  const path = matrixPath(ROOMS, roomId, "messages");
  const query = { dir: "b", limit: String(MAX_READ), filter: JSON.stringify({ types: [type] }) };
  const body = await client.json({ method: "GET", path, query, retries: RETRIES });
  // Some servers say where the next page begins although there is none.
  const isAll = stringAt(body, "end") === undefined || arrayAt(body, "chunk").length < MAX_READ;
  return { events: parsePage(body, type), isAll };
}

function parsePage(body: unknown, type: string): readonly SyncEvent[] {
  return arrayAt(body, "chunk")
    .map(tryParseEvent)
    .filter((event) => event !== undefined)
    .filter((event) => event.type === type && !isRedacted(event.raw))
    .slice(0, MAX_READ);
}

/** Whether a redaction has emptied the event. */
export function isRedacted(raw: unknown): boolean {
  return recordAt(raw, "unsigned")["redacted_because"] !== undefined;
}

function toRequest(message: OutgoingMessage, query: Readonly<Record<string, string>> = {}): HomeserverRequest {
  const { roomId, type, content, transactionId, stickyForMs } = message;
  const sticky = stickyForMs === undefined ? {} : { [STICKY_PARAMETER]: String(Math.round(stickyForMs)) };
  return {
    method: "PUT",
    path: matrixPath(ROOMS, roomId, "send", type, transactionId),
    query: { ...query, ...sticky },
    body: content,
    retries: RETRIES,
  };
}

function eventIdOf(body: unknown): EventId {
  const eventId = stringAt(body, "event_id");
  if (eventId === undefined) throw new MatrixRtcError("homeserver_refused", "The answer has no event_id");
  return eventId as EventId;
}

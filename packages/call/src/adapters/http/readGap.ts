import { CALL_EVENT_TYPES, type RoomId } from "@conclave/matrix-rtc";

import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { arrayAt, stringAt } from "./json.ts";
import { type SyncEvent, type TimelineGap, tryParseEvent } from "./parseSync.ts";
import { isRedacted } from "./roomEvents.ts";
import { EVENT_TYPES } from "./syncFilter.ts";

const PAGE_EVENTS = 100;
/** More than that was said while nobody listened: the oldest of it are not worth a longer wait. */
const MAX_PAGES = 5;
const PAGE_TIMEOUT_MS = 10_000;
const RETRIES = 1;
/** Of what people say in a room nothing else concerns a call; memberships, sticky or state, come with the sync itself. */
const FILTER = JSON.stringify({ types: [...CALL_EVENT_TYPES, EVENT_TYPES.encrypted] });

/**
 * Reads what concerns calls of a part of a timeline that a sync has left out: at most 500 events, the newest, oldest first.
 *
 * @throws {MatrixRtcError}
 * @see Client-Server API, "GET /rooms/{roomId}/messages"
 */
export async function readGap(
  client: HomeserverClient,
  roomId: RoomId,
  { from, to, told }: TimelineGap,
): Promise<readonly SyncEvent[]> {
  const found: SyncEvent[] = [];
  let place: string | undefined = from;
  for (let page = 0; page < MAX_PAGES && place !== undefined; page++) {
    const body = await client.json({
      method: "GET",
      path: matrixPath("/_matrix/client/v3/rooms", roomId, "messages"),
      query: { dir: "b", from: place, to, limit: String(PAGE_EVENTS), filter: FILTER },
      timeoutMs: PAGE_TIMEOUT_MS,
      retries: RETRIES,
    });
    const events = arrayAt(body, "chunk").slice(0, PAGE_EVENTS).map(tryParseEvent);
    found.push(...events.filter((event) => event !== undefined));
    const end = stringAt(body, "end");
    place = end === place ? undefined : end;
  }
  return found.filter(({ eventId, raw }) => !told.has(eventId) && !isRedacted(raw)).toReversed();
}

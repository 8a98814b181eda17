import type { Core } from "../Core.ts";
import { syncEvent, type ClientEvent } from "../rooms/clientEvent.ts";
import type { RoomEvent } from "../rooms/model.ts";
import type { ExtensionAnswer, ExtensionInput } from "./extensions.ts";

export const STICKY_EVENTS = "org.matrix.msc4354.sticky_events";

/**
 * Unexpired sticky events of every room that the client cares about, in the window or not, oldest first: those after
 * its token, and all of rooms that it has just come to. What the timeline of the same answer shows is not repeated.
 *
 * @param shown ids of events in timelines of the answer
 * @see MSC4480
 */
export function stickyExtension(
  core: Core,
  { round, window, state, asked }: ExtensionInput,
  shown: ReadonlySet<string>,
): ExtensionAnswer | undefined {
  const wish = asked[STICKY_EVENTS];
  if (!wish?.enabled) return undefined;
  const since = wish.since ?? 0;
  const isStart = round.since === undefined;
  const events: RoomEvent[] = [];
  const ofNewRooms: RoomEvent[] = [];
  for (const roomId of window.interesting) {
    const isNew = !isStart && !state.stickyRooms.has(roomId);
    const range = { afterPos: isNew ? 0 : since, upToPos: round.upTo, limit: isNew ? -1 : wish.limit };
    (isNew ? ofNewRooms : events).push(...core.events.sticky(roomId, core.clock.nowMs(), range));
  }
  const page = events.toSorted((a, b) => a.pos - b.pos).slice(0, wish.limit);
  const last = page.length >= wish.limit ? page.at(-1)?.pos : undefined;
  const told = [...page, ...ofNewRooms];
  if (told.length === 0) return undefined;
  const hidden = told.filter((event) => !shown.has(event.eventId));
  const rooms = byRoom(hidden, (event) => syncEvent(core, event, round.viewer));
  return { body: { next_batch: String(last ?? round.upTo), rooms }, isNews: hidden.length > 0 };
}

function byRoom(
  events: readonly RoomEvent[],
  format: (event: RoomEvent) => ClientEvent,
): Record<string, { events: ClientEvent[] }> {
  const rooms: Record<string, { events: ClientEvent[] }> = {};
  for (const event of events) (rooms[event.roomId] ??= { events: [] }).events.push(format(event));
  return rooms;
}

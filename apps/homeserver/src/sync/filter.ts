import * as z from "zod";

import { badJson } from "../errors.ts";
import type { RoomEvent } from "../rooms/model.ts";

/** Events of a timeline when the client does not say, and at most. */
const DEFAULT_TIMELINE = 10;
const MAX_TIMELINE = 100;

const texts = z.array(z.string()).max(1_000);

const eventFilter = z.looseObject({
  limit: z.number().int().min(0).optional(),
  types: texts.optional(),
  not_types: texts.optional(),
  senders: texts.optional(),
  not_senders: texts.optional(),
});

const roomEventFilter = eventFilter.extend({
  rooms: texts.optional(),
  not_rooms: texts.optional(),
  lazy_load_members: z.boolean().optional(),
  contains_url: z.boolean().optional(),
});

const filterSchema = z.looseObject({
  room: z
    .looseObject({
      rooms: texts.optional(),
      not_rooms: texts.optional(),
      include_leave: z.boolean().optional(),
      timeline: roomEventFilter.optional(),
      state: roomEventFilter.optional(),
      ephemeral: roomEventFilter.optional(),
      account_data: roomEventFilter.optional(),
    })
    .optional(),
  account_data: eventFilter.optional(),
});

/** A sync filter, checked; absent parts let everything through. @see Client-Server API, "Filtering" */
export type SyncFilter = z.output<typeof filterSchema>;
export type EventFilter = z.output<typeof roomEventFilter>;

/** @throws {MatrixError} `M_BAD_JSON` */
export function parseFilter(value: unknown): SyncFilter {
  const result = filterSchema.safeParse(value);
  if (!result.success) throw badJson(z.prettifyError(result.error));
  return result.data;
}

/** @throws {MatrixError} `M_BAD_JSON` */
export function parseEventFilter(value: unknown): EventFilter {
  const result = roomEventFilter.safeParse(value);
  if (!result.success) throw badJson(z.prettifyError(result.error));
  return result.data;
}

export function timelineLimit(filter: SyncFilter): number {
  return Math.min(Math.max(1, filter.room?.timeline?.limit ?? DEFAULT_TIMELINE), MAX_TIMELINE);
}

/** Does the filter want anything of this room in this section? */
export function wantsRoom(
  filter: { rooms?: string[] | undefined; not_rooms?: string[] | undefined } | undefined,
  roomId: string,
): boolean {
  if (filter?.not_rooms?.includes(roomId)) return false;
  return filter?.rooms === undefined || filter.rooms.includes(roomId);
}

/** Does the event pass types, senders, rooms and `contains_url`? */
export function passes(
  filter: EventFilter | undefined,
  event: Pick<RoomEvent, "type" | "sender" | "roomId" | "content">,
): boolean {
  if (!filter) return true;
  if (!wantsRoom(filter, event.roomId) || !passesType(filter, event.type)) return false;
  if (filter.contains_url !== undefined && filter.contains_url !== (typeof event.content["url"] === "string"))
    return false;
  if (filter.not_senders?.includes(event.sender)) return false;
  return filter.senders === undefined || filter.senders.includes(event.sender);
}

/** Types may end in `*`. Refusals win over permissions. */
export function passesType(filter: Pick<EventFilter, "types" | "not_types"> | undefined, type: string): boolean {
  if (filter?.not_types?.some((pattern) => matches(pattern, type))) return false;
  return filter?.types === undefined || filter.types.some((pattern) => matches(pattern, type));
}

function matches(pattern: string, type: string): boolean {
  if (!pattern.includes("*")) return pattern === type;
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!type.startsWith(first) || !type.endsWith(last) || type.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = type.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= type.length - last.length;
}

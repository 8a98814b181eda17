import type { Core } from "../Core.ts";
import { forbidden, invalidParam, notFound } from "../errors.ts";
import { clientEvent } from "../rooms/clientEvent.ts";
import { readPage } from "../rooms/history.ts";
import type { RoomEvent } from "../rooms/model.ts";
import { readerOf } from "../rooms/visibility.ts";
import type { Session } from "../store/AccountStore.ts";
import { parseEventFilter, type EventFilter } from "../sync/filter.ts";
import { formatPageToken, parsePageToken } from "../sync/syncToken.ts";
import { authenticate, CLIENT, queryInteger, V3, type App, type Ctx } from "./context.ts";

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 500;

/** Reading what was said. @see Client-Server API, "Getting events for a room" and "Relationships API" */
export function mountHistory(app: App, core: Core): void {
  app.get(`${V3}/rooms/:roomId/messages`, (c) => messages(core, c, c.req.param("roomId")));

  app.get(`${V3}/rooms/:roomId/event/:eventId`, (c) => {
    const session = authenticate(core, c);
    return c.json(clientEvent(core, visibleEvent(core, session, c.req.param()), session));
  });

  app.get(`${V3}/rooms/:roomId/context/:eventId`, (c) => context(core, c, c.req.param()));

  const relations = `${CLIENT}/v1/rooms/:roomId/relations/:eventId`;
  for (const path of [relations, `${relations}/:relType`, `${relations}/:relType/:type`]) {
    app.get(path, (c) => readRelations(core, c));
  }
}

interface EventPath {
  readonly roomId: string;
  readonly eventId: string;
}

function visibleEvent(core: Core, session: Session, { roomId, eventId }: EventPath): RoomEvent {
  const event = core.events.byId(roomId, eventId);
  if (!event || !readerOf(core, roomId, session.userId)(event)) throw notFound("Unknown event");
  return event;
}

function pageLimit(c: Ctx): number {
  return Math.min(Math.max(1, queryInteger(c, "limit") ?? DEFAULT_LIMIT), MAX_LIMIT);
}

function queryFilter(c: Ctx): EventFilter | undefined {
  const text = c.req.query("filter");
  if (text === undefined || text === "") return undefined;
  try {
    return parseEventFilter(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw invalidParam("filter is not JSON");
    throw cause;
  }
}

function messages(core: Core, c: Ctx, roomId: string): Response {
  const session = authenticate(core, c);
  if (core.members.membership(roomId, session.userId) === undefined && !isWorldReadable(core, roomId))
    throw forbidden("You are not in the room");
  const isBackwards = c.req.query("dir") !== "f";
  const from = c.req.query("from");
  const to = c.req.query("to");
  const fromPos = from === undefined ? (isBackwards ? core.db.position : 0) : parsePageToken(from);
  const page = readPage(core, {
    roomId,
    userId: session.userId,
    fromPos,
    toPos: to === undefined ? undefined : parsePageToken(to),
    isBackwards,
    limit: pageLimit(c),
    filter: queryFilter(c),
  });
  return c.json({
    chunk: page.events.map((event) => clientEvent(core, event, session)),
    start: formatPageToken(fromPos),
    ...(page.nextPos !== undefined && { end: formatPageToken(page.nextPos) }),
    state: [],
  });
}

function isWorldReadable(core: Core, roomId: string): boolean {
  const event = core.events.state(roomId, "m.room.history_visibility", "");
  return event?.content["history_visibility"] === "world_readable";
}

function context(core: Core, c: Ctx, path: EventPath): Response {
  const session = authenticate(core, c);
  const event = visibleEvent(core, session, path);
  const limit = Math.ceil(pageLimit(c) / 2);
  const shared = { roomId: path.roomId, userId: session.userId, toPos: undefined, limit, filter: queryFilter(c) };
  const before = readPage(core, { ...shared, fromPos: event.pos - 1, isBackwards: true });
  const after = readPage(core, { ...shared, fromPos: event.pos, isBackwards: false });
  const format = (events: readonly RoomEvent[]): unknown[] => events.map((entry) => clientEvent(core, entry, session));
  const lastPos = after.events.at(-1)?.pos ?? event.pos;
  return c.json({
    event: clientEvent(core, event, session),
    events_before: format(before.events),
    events_after: format(after.events),
    start: formatPageToken((before.events.at(-1)?.pos ?? event.pos) - 1),
    end: formatPageToken(lastPos),
    state: format(core.events.stateBetween(path.roomId, 0, lastPos)),
  });
}

function readRelations(core: Core, c: Ctx): Response {
  const session = authenticate(core, c);
  const { roomId = "", eventId = "", relType, type } = c.req.param() as Partial<Record<string, string>>;
  visibleEvent(core, session, { roomId, eventId });
  const from = c.req.query("from");
  const sees = readerOf(core, roomId, session.userId);
  const limit = pageLimit(c);
  const found = core.events
    .relations(roomId, eventId, {
      afterPos: 0,
      upToPos: from === undefined ? core.db.position : parsePageToken(from),
      limit: -1,
    })
    .filter((event) => sees(event) && isRelation(event, relType, type));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return c.json({
    chunk: page.map((event) => clientEvent(core, event, session)),
    ...(found.length > limit && last && { next_batch: formatPageToken(last.pos - 1) }),
  });
}

function isRelation(event: RoomEvent, relType: string | undefined, type: string | undefined): boolean {
  const relation = event.content["m.relates_to"] as { rel_type?: unknown } | undefined;
  return (relType === undefined || relation?.rel_type === relType) && (type === undefined || event.type === type);
}

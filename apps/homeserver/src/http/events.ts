import type { Core } from "../Core.ts";
import { forbidden, notFound } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { appendEvent, checkAllowed, checkShape, roomVersion } from "../rooms/appendEvent.ts";
import { clientEvent } from "../rooms/clientEvent.ts";
import type { EventDraft } from "../rooms/model.ts";
import { redactEvent } from "../rooms/redaction.ts";
import type { Session } from "../store/AccountStore.ts";
import { authenticate, jsonObject, queryInteger, readJson, V3, type App, type Ctx } from "./context.ts";

/** Sending and reading single events, with the parameters of MSC4140 and MSC4354. */
export function mountEvents(app: App, core: Core): void {
  app.put(`${V3}/rooms/:roomId/send/:type/:txnId`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const { roomId, type, txnId } = c.req.param();
    const content = await readJson(c, jsonObject);
    if (type === "m.room.redaction") throw forbidden("Redactions have their own endpoint");
    const stickyMs = queryInteger(c, "org.matrix.msc4354.sticky_duration_ms") ?? queryInteger(c, "sticky_duration_ms");
    const sender = { sender: session.userId, deviceId: session.deviceId };
    const draft = { roomId, type, content, stickyMs, txnId, ...sender };
    const transaction = { session, scope: `send/${roomId}/${type}`, txnId };
    const answer = core.transactions.once(transaction, core.clock.nowMs(), () => sendOrSchedule(core, c, draft));
    return c.json(answer);
  });

  for (const path of [`${V3}/rooms/:roomId/state/:type`, `${V3}/rooms/:roomId/state/:type/:stateKey`] as const) {
    app.put(path, async (c) => {
      const session = authenticate(core, c);
      core.sendLimit.take(session.userId);
      const content = await readJson(c, jsonObject);
      return c.json(sendOrSchedule(core, c, { ...statePath(c), content, sender: session.userId }));
    });

    app.get(path, (c) => {
      const session = authenticate(core, c);
      const { roomId, type, stateKey } = statePath(c);
      const event = readableState(core, session, roomId, (upTo) => [
        core.events.stateAt(roomId, type, stateKey, upTo),
      ])[0];
      if (!event) throw notFound("No such state");
      return c.json(c.req.query("format") === "event" ? clientEvent(core, event, session) : event.content);
    });
  }
  app.get(`${V3}/rooms/:roomId/state/:type/`, (c) => {
    const session = authenticate(core, c);
    const { roomId, type } = c.req.param();
    const event = readableState(core, session, roomId, (upTo) => [core.events.stateAt(roomId, type, "", upTo)])[0];
    if (!event) throw notFound("No such state");
    return c.json(c.req.query("format") === "event" ? clientEvent(core, event, session) : event.content);
  });
  app.put(`${V3}/rooms/:roomId/state/:type/`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const content = await readJson(c, jsonObject);
    return c.json(sendOrSchedule(core, c, { ...statePath(c), content, sender: session.userId }));
  });

  app.get(`${V3}/rooms/:roomId/state`, (c) => {
    const session = authenticate(core, c);
    const roomId = c.req.param("roomId");
    const events = readableState(core, session, roomId, (upTo) => core.events.stateBetween(roomId, 0, upTo));
    return c.json(events.map((event) => clientEvent(core, event, session)));
  });

  app.put(`${V3}/rooms/:roomId/redact/:eventId/:txnId`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const { roomId, eventId, txnId } = c.req.param();
    const content = await readJson(c, jsonObject);
    const transaction = { session, scope: `redact/${roomId}/${eventId}`, txnId };
    const { userId: sender, deviceId } = session;
    const answer = core.transactions.once(transaction, core.clock.nowMs(), () => ({
      event_id: redactEvent(core, { roomId, eventId, sender, deviceId, txnId, content }).eventId,
    }));
    return c.json(answer);
  });
}

function statePath(c: Ctx): { roomId: string; type: string; stateKey: string } {
  const { roomId = "", type = "", stateKey = "" } = c.req.param() as Partial<Record<string, string>>;
  return { roomId, type, stateKey };
}

function sendOrSchedule(core: Core, c: Ctx, draft: EventDraft): JsonObject {
  const delayMs = queryInteger(c, "org.matrix.msc4140.delay");
  if (delayMs === undefined) return { event_id: appendEvent(core, draft).eventId };
  checkShape(draft);
  checkAllowed(core, draft);
  return { delay_id: core.delayed.schedule(core, draft, delayMs) };
}

type Found<T> = readonly (T | undefined)[];

/** Reads state as the asker may know it: now for members, at the time of leaving for those who left. */
function readableState<T>(core: Core, session: Session, roomId: string, read: (upTo: number) => Found<T>): T[] {
  if (!roomVersion(core, roomId)) throw forbidden("You are not in the room");
  const own = core.events.state(roomId, "m.room.member", session.userId);
  const membership = core.members.membership(roomId, session.userId);
  const history = core.events.state(roomId, "m.room.history_visibility", "")?.content["history_visibility"];
  const isOpen = membership === "join" || history === "world_readable";
  const wasJoined = core.events
    .stateHistory(roomId, "m.room.member", session.userId)
    .some((event) => event.content["membership"] === "join");
  if (!isOpen && !(own && wasJoined)) throw forbidden("You are not in the room");
  return read(isOpen ? core.db.position : (own?.pos ?? 0)).filter((event) => event !== undefined);
}

import type { Core } from "../Core.ts";
import { forbidden } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { appendEvent, checkAllowed, checkShape } from "../rooms/appendEvent.ts";
import type { EventDraft } from "../rooms/model.ts";
import { redactEvent } from "../rooms/redaction.ts";
import { authenticate, jsonObject, queryInteger, readJson, V3, type App, type Ctx } from "./context.ts";

/** Sending events, at once, later (MSC4140) and sticky (MSC4354), and redacting them. */
export function mountEvents(app: App, core: Core): void {
  app.put(`${V3}/rooms/:roomId/send/:type/:txnId`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const { roomId, type, txnId } = c.req.param();
    const content = readJson(c, jsonObject);
    if (type === "m.room.redaction") throw forbidden("Redactions have their own endpoint");
    const stickyMs = queryInteger(c, "org.matrix.msc4354.sticky_duration_ms") ?? queryInteger(c, "sticky_duration_ms");
    const sender = { sender: session.userId, deviceId: session.deviceId };
    const draft = { roomId, type, content, stickyMs, txnId, ...sender };
    const transaction = { session, scope: `send/${roomId}/${type}`, txnId };
    const answer = core.transactions.once(transaction, core.clock.nowMs(), () => sendOrSchedule(core, c, draft));
    return c.json(answer);
  });

  app.put(`${V3}/rooms/:roomId/redact/:eventId/:txnId`, async (c) => {
    const session = authenticate(core, c);
    core.sendLimit.take(session.userId);
    const { roomId, eventId, txnId } = c.req.param();
    const content = readJson(c, jsonObject);
    const transaction = { session, scope: `redact/${roomId}/${eventId}`, txnId };
    const { userId: sender, deviceId } = session;
    const answer = core.transactions.once(transaction, core.clock.nowMs(), () => ({
      event_id: redactEvent(core, { roomId, eventId, sender, deviceId, txnId, content }).eventId,
    }));
    return c.json(answer);
  });
}

/** Adds the event, or keeps it for later where the query asks for a delay. Either is refused to those who may not. */
export function sendOrSchedule(core: Core, c: Ctx, draft: EventDraft): JsonObject {
  const delayMs = queryInteger(c, "org.matrix.msc4140.delay");
  if (delayMs === undefined) return { event_id: appendEvent(core, draft).eventId };
  checkShape(draft);
  checkAllowed(core, draft);
  return { delay_id: core.delayed.schedule(core, draft, delayMs) };
}

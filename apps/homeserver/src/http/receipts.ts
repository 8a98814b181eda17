import * as z from "zod";

import type { Core } from "../Core.ts";
import { invalidParam } from "../errors.ts";
import { requireJoined } from "../rooms/readableState.ts";
import { touchRoom } from "../rooms/touchRoom.ts";
import { setAccountData } from "../setAccountData.ts";
import { authenticate, ownUser, readJson, V3, type App } from "./context.ts";

const TYPES = ["m.read", "m.read.private", "m.fully_read"] as const;
type ReceiptType = (typeof TYPES)[number];

const DEFAULT_TYPING_MS = 30_000;

const threadSchema = z.looseObject({ thread_id: z.string().max(255).optional() });

const markersSchema = z.looseObject({
  "m.fully_read": z.string().max(255).optional(),
  "m.read": z.string().max(255).optional(),
  "m.read.private": z.string().max(255).optional(),
});

const typingSchema = z.looseObject({ typing: z.boolean(), timeout: z.number().int().min(0).optional() });

interface Receipt {
  readonly roomId: string;
  readonly userId: string;
  readonly type: ReceiptType;
  readonly eventId: string;
  readonly threadId: string;
}

/** Receipts, read markers and typing. @see Client-Server API, "Receipts", "Read markers", "Typing Notifications" */
export function mountReceipts(app: App, core: Core): void {
  app.post(`${V3}/rooms/:roomId/receipt/:type/:eventId`, async (c) => {
    const { userId } = authenticate(core, c);
    core.sendLimit.take(userId);
    const { roomId, type: name, eventId } = c.req.param();
    const type = TYPES.find((candidate) => candidate === name);
    if (!type) throw invalidParam("Unknown kind of receipt");
    requireJoined(core, roomId, userId);
    const { thread_id: threadId = "" } = readJson(c, threadSchema);
    setReceipt(core, { roomId, userId, type, eventId, threadId });
    return c.json({});
  });

  app.post(`${V3}/rooms/:roomId/read_markers`, async (c) => {
    const { userId } = authenticate(core, c);
    core.sendLimit.take(userId);
    const roomId = c.req.param("roomId");
    requireJoined(core, roomId, userId);
    const body = readJson(c, markersSchema);
    for (const type of TYPES) {
      const eventId = body[type];
      if (eventId !== undefined) setReceipt(core, { roomId, userId, type, eventId, threadId: "" });
    }
    return c.json({});
  });

  app.put(`${V3}/rooms/:roomId/typing/:userId`, async (c) => {
    const userId = ownUser(core, c, c.req.param("userId"));
    const roomId = c.req.param("roomId");
    requireJoined(core, roomId, userId);
    const body = readJson(c, typingSchema);
    if (body.typing) core.typing.start(roomId, userId, body.timeout ?? DEFAULT_TYPING_MS);
    else core.typing.stop(roomId, userId);
    return c.json({});
  });
}

function setReceipt(core: Core, receipt: Receipt): void {
  const { roomId, userId, type, eventId, threadId } = receipt;
  if (!core.events.byId(roomId, eventId)) throw invalidParam("Unknown event");
  if (type === "m.fully_read") return setAccountData(core, userId, roomId, { type, content: { event_id: eventId } });
  core.db.write(() => {
    const pos = touchRoom(core, roomId);
    core.db.run(
      `INSERT OR REPLACE INTO receipts (room_id, user_id, type, thread_id, event_id, at, pos)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      roomId,
      userId,
      type,
      threadId,
      eventId,
      core.clock.nowMs(),
      pos,
    );
  });
}

import * as z from "zod";

import type { Core } from "../Core.ts";
import { forbidden, notFound } from "../errors.ts";
import { changeMembership, resolveRoom } from "../rooms/membership.ts";
import { createRoom, ROOM_VERSIONS, type Preset } from "../rooms/createRoom.ts";
import { authenticate, jsonObject, readJson, userId, V3, type App } from "./context.ts";

const MAX_INVITES = 100;
const MAX_INITIAL_STATE = 50;

const createSchema = z.looseObject({
  visibility: z.enum(["public", "private"]).default("private"),
  preset: z.enum(["private_chat", "trusted_private_chat", "public_chat"]).optional(),
  room_alias_name: z.string().optional(),
  name: z.string().max(255).optional(),
  topic: z.string().max(5_000).optional(),
  invite: z.array(userId).max(MAX_INVITES).default([]),
  is_direct: z.boolean().default(false),
  room_version: z.string().default(ROOM_VERSIONS[0]),
  creation_content: jsonObject.default({}),
  power_level_content_override: jsonObject.default({}),
  initial_state: z
    .array(z.looseObject({ type: z.string().min(1), state_key: z.string().default(""), content: jsonObject }))
    .max(MAX_INITIAL_STATE)
    .default([]),
});

const reasonSchema = z.looseObject({ reason: z.string().max(1_000).optional() });
const targetSchema = reasonSchema.extend({ user_id: userId });

/** Making rooms and moving in and out of them. @see Client-Server API, "Creation" and "Room membership" */
export function mountRooms(app: App, core: Core): void {
  app.post(`${V3}/createRoom`, async (c) => {
    const { userId: creator } = authenticate(core, c);
    core.sendLimit.take(creator);
    const body = readJson(c, createSchema);
    const preset: Preset = body.preset ?? (body.visibility === "public" ? "public_chat" : "private_chat");
    const roomId = createRoom(core, {
      creator,
      version: body.room_version,
      preset,
      isPublic: body.visibility === "public",
      name: body.name,
      topic: body.topic,
      aliasLocalpart: body.room_alias_name,
      isDirect: body.is_direct,
      invite: body.invite,
      creationContent: body.creation_content,
      powerLevels: body.power_level_content_override,
      initialState: body.initial_state.map(({ type, state_key: stateKey, content }) => ({ type, stateKey, content })),
    });
    return c.json({ room_id: roomId });
  });

  for (const path of [`${V3}/join/:room`, `${V3}/rooms/:room/join`, `${V3}/knock/:room`] as const) {
    const membership = path.includes("knock") ? "knock" : "join";
    app.post(path, async (c) => {
      const { userId: sender } = authenticate(core, c);
      core.sendLimit.take(sender);
      const { reason } = readJson(c, reasonSchema);
      const roomId = resolveRoom(core, c.req.param("room"));
      changeMembership(core, { roomId, sender, target: sender, membership, reason });
      return c.json({ room_id: roomId });
    });
  }

  app.post(`${V3}/rooms/:roomId/leave`, async (c) => {
    const { userId: sender } = authenticate(core, c);
    const { reason } = readJson(c, reasonSchema);
    const roomId = c.req.param("roomId");
    const before = core.members.membership(roomId, sender);
    if (before === undefined) throw notFound("You are not in the room");
    // Leaving twice is no fault: the first answer may have been lost.
    if (before !== "leave") changeMembership(core, { roomId, sender, target: sender, membership: "leave", reason });
    return c.json({});
  });

  app.post(`${V3}/rooms/:roomId/forget`, (c) => {
    const { userId: sender } = authenticate(core, c);
    const roomId = c.req.param("roomId");
    const membership = core.members.membership(roomId, sender);
    if (membership === undefined) throw notFound("Unknown room");
    if (membership !== "leave" && membership !== "ban") throw forbidden("Leave the room first");
    core.members.forget(roomId, sender);
    return c.json({});
  });

  mountModeration(app, core);

  app.get(`${V3}/joined_rooms`, (c) =>
    c.json({ joined_rooms: core.members.joinedRooms(authenticate(core, c).userId) }),
  );
}

function mountModeration(app: App, core: Core): void {
  const actions = { invite: "invite", kick: "leave", ban: "ban", unban: "leave" } as const;
  for (const [action, membership] of Object.entries(actions)) {
    app.post(`${V3}/rooms/:roomId/${action}`, async (c) => {
      const { userId: sender } = authenticate(core, c);
      core.sendLimit.take(sender);
      const { user_id: target, reason } = readJson(c, targetSchema);
      const roomId = c.req.param("roomId");
      const before = core.members.membership(roomId, target);
      if (action === "unban" && before !== "ban") throw forbidden("The user is not banned");
      if (action === "kick" && (before === "ban" || before === "leave" || before === undefined))
        throw forbidden("The user is not in the room");
      changeMembership(core, { roomId, sender, target, membership, reason });
      return c.json({});
    });
  }
}

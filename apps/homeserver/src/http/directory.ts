import * as z from "zod";

import type { Core } from "../Core.ts";
import { forbidden, invalidParam, notFound } from "../errors.ts";
import { textAt, type JsonObject } from "../json.ts";
import { joinRule } from "../rooms/authorize.ts";
import { stateReader } from "../rooms/appendEvent.ts";
import { addAlias } from "../rooms/createRoom.ts";
import { resolveRoom } from "../rooms/membership.ts";
import { readPowerLevels } from "../rooms/powerLevels.ts";
import { requireJoined } from "../rooms/readableState.ts";
import { authenticate, CLIENT, readJson, V3, type App, type Ctx } from "./context.ts";

const JOINABLE = new Set(["public", "knock", "restricted", "knock_restricted"]);

const aliasSchema = z.looseObject({ room_id: z.string() });

/** Aliases, and what a room tells people at its door. */
export function mountDirectory(app: App, core: Core): void {
  app.get(`${V3}/directory/room/:alias`, (c) =>
    c.json({ room_id: resolveRoom(core, aliasOf(c)), servers: [core.config.serverName] }),
  );

  app.put(`${V3}/directory/room/:alias`, async (c) => {
    const { userId: creator } = authenticate(core, c);
    core.sendLimit.take(creator);
    const { room_id: roomId } = readJson(c, aliasSchema);
    requireJoined(core, roomId, creator);
    const suffix = `:${core.config.serverName}`;
    const alias = aliasOf(c);
    if (!alias.endsWith(suffix)) throw invalidParam("Aliases end in this server's name");
    addAlias(core, alias.slice(1, -suffix.length), { roomId, creator });
    return c.json({});
  });

  app.delete(`${V3}/directory/room/:alias`, (c) => {
    const { userId } = authenticate(core, c);
    const row = core.db.get<{ room_id: string; creator: string }>(
      "SELECT room_id, creator FROM aliases WHERE alias = ?",
      aliasOf(c),
    );
    if (!row) throw notFound("Unknown room alias");
    if (row.creator !== userId && !isRuledBy(core, row.room_id, userId)) throw forbidden("That alias is not yours");
    core.db.run("DELETE FROM aliases WHERE alias = ?", aliasOf(c));
    return c.json({});
  });

  app.get(`${V3}/rooms/:roomId/aliases`, (c) => {
    const { userId } = authenticate(core, c);
    const roomId = c.req.param("roomId");
    requireJoined(core, roomId, userId);
    const rows = core.db.all<{ alias: string }>("SELECT alias FROM aliases WHERE room_id = ?", roomId);
    return c.json({ aliases: rows.map((row) => row.alias) });
  });

  // MSC3266: the old path is what Element Call asks, the new one is in the specification.
  for (const path of [`${CLIENT}/v1/room_summary/:room`, `${CLIENT}/unstable/im.nheko.summary/summary/:room`]) {
    app.get(path, (c) => c.json(summary(core, c)));
  }
}

function aliasOf(c: Ctx): string {
  const alias = c.req.param("alias") ?? "";
  if (!alias.startsWith("#")) throw invalidParam("Aliases start with #");
  return alias;
}

/** Whoever may name the room's main alias may remove aliases. */
function isRuledBy(core: Core, roomId: string, userId: string): boolean {
  if (core.members.membership(roomId, userId) !== "join") return false;
  const levels = readPowerLevels(stateReader(core, roomId));
  return levels.ofUser(userId) >= levels.forEvent("m.room.canonical_alias", true);
}

function summary(core: Core, c: Ctx): JsonObject {
  const { userId } = authenticate(core, c);
  const roomId = resolveRoom(core, c.req.param("room") ?? "");
  const state = stateReader(core, roomId);
  const text = (type: string, key: string): string | undefined => textAt(state(type, "")?.content ?? {}, key);
  const membership = core.members.membership(roomId, userId);
  const history = text("m.room.history_visibility", "history_visibility");
  const isOpen = JOINABLE.has(joinRule(state)) || history === "world_readable";
  if (!state("m.room.create", "") || (!isOpen && membership !== "join" && membership !== "invite"))
    throw notFound("Unknown room");
  const encryption = text("m.room.encryption", "algorithm");
  return {
    room_id: roomId,
    name: text("m.room.name", "name"),
    topic: text("m.room.topic", "topic"),
    avatar_url: text("m.room.avatar", "url"),
    canonical_alias: text("m.room.canonical_alias", "alias"),
    room_type: text("m.room.create", "type"),
    room_version: text("m.room.create", "room_version"),
    join_rule: joinRule(state),
    guest_can_join: text("m.room.guest_access", "guest_access") === "can_join",
    world_readable: history === "world_readable",
    num_joined_members: core.members.count(roomId, "join"),
    membership,
    encryption,
    "im.nheko.summary.encryption": encryption,
    "im.nheko.summary.room_version": text("m.room.create", "room_version"),
  };
}

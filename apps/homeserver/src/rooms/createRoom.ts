import type { Core } from "../Core.ts";
import { badJson, invalidParam, MatrixError } from "../errors.ts";
import { MAX_ID_BYTES, newRoomId } from "../ids.ts";
import { isObject, type JsonObject } from "../json.ts";
import { appendEvent, checkShape, insertEvent } from "./appendEvent.ts";
import { changeMembership, profileFields } from "./membership.ts";

/** What this server can do; the first is the default. */
export const ROOM_VERSIONS = ["11", "10"] as const;

export type Preset = "private_chat" | "trusted_private_chat" | "public_chat";

export interface StateDraft {
  readonly type: string;
  readonly stateKey: string;
  readonly content: JsonObject;
}

export interface RoomRequest {
  readonly creator: string;
  readonly version: string;
  readonly preset: Preset;
  readonly isPublic: boolean;
  readonly name?: string | undefined;
  readonly topic?: string | undefined;
  readonly aliasLocalpart?: string | undefined;
  readonly isDirect: boolean;
  readonly invite: readonly string[];
  readonly creationContent: JsonObject;
  readonly powerLevels: JsonObject;
  readonly initialState: readonly StateDraft[];
}

const PRESETS: Readonly<Record<Preset, { join: string; history: string; guests: string }>> = {
  private_chat: { join: "invite", history: "shared", guests: "can_join" },
  trusted_private_chat: { join: "invite", history: "shared", guests: "can_join" },
  public_chat: { join: "public", history: "shared", guests: "forbidden" },
};

/** Fields of the create event that the server decides. */
const OWN_CREATE_FIELDS = new Set(["creator", "room_version", "predecessor_room_id"]);

/**
 * Makes a room with all its first events in one transaction, in the order that the specification gives.
 *
 * @returns the room id
 * @see Client-Server API, `POST /createRoom`
 */
export function createRoom(core: Core, request: RoomRequest): string {
  if (!ROOM_VERSIONS.some((version) => version === request.version))
    throw new MatrixError(400, "M_UNSUPPORTED_ROOM_VERSION", `Room versions here: ${ROOM_VERSIONS.join(", ")}`);
  const { creator } = request;
  const roomId = newRoomId(core.random, core.config.serverName);
  return core.db.write(() => {
    core.db.run(
      "INSERT INTO rooms (room_id, version, is_public, last_pos) VALUES (?, ?, ?, 0)",
      roomId,
      request.version,
      request.isPublic ? 1 : 0,
    );
    const own = Object.entries(request.creationContent).filter(([key]) => !OWN_CREATE_FIELDS.has(key));
    const create = {
      ...Object.fromEntries(own),
      room_version: request.version,
      ...(request.version === "10" && { creator }),
    };
    checkShape({ type: "m.room.create", content: create });
    insertEvent(core, { roomId, type: "m.room.create", stateKey: "", sender: creator, content: create });
    insertEvent(core, {
      roomId,
      type: "m.room.member",
      stateKey: creator,
      sender: creator,
      content: { membership: "join", ...profileFields(core, creator) },
    });
    const alias =
      request.aliasLocalpart === undefined ? undefined : addAlias(core, request.aliasLocalpart, { roomId, creator });
    for (const { type, stateKey, content } of firstState(request, alias))
      appendEvent(core, { roomId, type, stateKey, sender: creator, content });
    const extra = request.isDirect ? { is_direct: true } : {};
    for (const target of request.invite)
      changeMembership(core, { roomId, sender: creator, target, membership: "invite", extra });
    return roomId;
  });
}

function firstState(request: RoomRequest, alias: string | undefined): StateDraft[] {
  const preset = PRESETS[request.preset];
  const given = new Set(request.initialState.filter((entry) => entry.stateKey === "").map((entry) => entry.type));
  const state: StateDraft[] = [
    { type: "m.room.power_levels", stateKey: "", content: firstPowerLevels(request) },
    { type: "m.room.join_rules", stateKey: "", content: { join_rule: preset.join } },
    { type: "m.room.history_visibility", stateKey: "", content: { history_visibility: preset.history } },
    { type: "m.room.guest_access", stateKey: "", content: { guest_access: preset.guests } },
  ].filter((entry) => !given.has(entry.type) || entry.type === "m.room.power_levels");
  if (alias !== undefined) state.push({ type: "m.room.canonical_alias", stateKey: "", content: { alias } });
  state.push(...request.initialState);
  if (request.name !== undefined) state.push({ type: "m.room.name", stateKey: "", content: { name: request.name } });
  if (request.topic !== undefined)
    state.push({ type: "m.room.topic", stateKey: "", content: { topic: request.topic } });
  return state;
}

function firstPowerLevels(request: RoomRequest): JsonObject {
  const trusted = request.preset === "trusted_private_chat" ? request.invite : [];
  const content = {
    users: Object.fromEntries([request.creator, ...trusted].map((user) => [user, 100])),
    users_default: 0,
    events: {
      "m.room.power_levels": 100,
      "m.room.history_visibility": 100,
      "m.room.server_acl": 100,
      "m.room.tombstone": 100,
      "m.room.encryption": 100,
      // Everybody in the room may join its call.
      "org.matrix.msc3401.call.member": 0,
    },
    events_default: 0,
    state_default: 50,
    ban: 50,
    kick: 50,
    redact: 50,
    invite: 0,
    historical: 100,
    ...request.powerLevels,
  };
  if (!isObject(content.users)) throw badJson("power_level_content_override.users must be an object");
  return content;
}

/** Gives the room a name under this server. */
export function addAlias(core: Core, localpart: string, owner: { roomId: string; creator: string }): string {
  if (localpart === "" || /[\s:#\0]/.test(localpart))
    throw invalidParam("The alias has characters that it must not have");
  const alias = `#${localpart}:${core.config.serverName}`;
  if (Buffer.byteLength(alias) > MAX_ID_BYTES) throw invalidParam("The alias is too long");
  const changes = core.db.run(
    "INSERT OR IGNORE INTO aliases (alias, room_id, creator) VALUES (?, ?, ?)",
    alias,
    owner.roomId,
    owner.creator,
  );
  if (changes === 0) throw new MatrixError(400, "M_ROOM_IN_USE", "The alias is taken");
  return alias;
}

import { TargetError } from "./errors.ts";
import { stringAt } from "./json.ts";
import { type MatrixApi, pathOf } from "./MatrixApi.ts";
import type { RoomWish, TargetRoom } from "./model.ts";

/** Letters that cannot be mistaken for one another, as in links of the web app. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz";
const GROUP_LENGTHS = [4, 4, 3] as const;
const EVERYBODY = 0;
const CALL_MEMBER_EVENTS = ["org.matrix.msc3401.call.member", "org.matrix.msc4143.rtc.member"] as const;
const CREATE_TIMEOUT_MS = 60_000;

export interface RoomMaker {
  readonly api: MatrixApi;
  readonly token: string;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
}

/**
 * Makes a room that every bot may join by id or link, and in which everybody may be in the call.
 *
 * @throws {TargetError} `refused`, `rate_limited`, `unreachable`
 */
export async function createRoom(maker: RoomMaker, wish: RoomWish): Promise<Required<TargetRoom>> {
  const linkId = newLinkId(maker.randomBytes);
  const state = [{ type: "m.room.history_visibility", state_key: "", content: { history_visibility: "joined" } }];
  const encryption = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };
  const body = await maker.api.json({
    method: "POST",
    path: "/_matrix/client/v3/createRoom",
    token: maker.token,
    timeoutMs: CREATE_TIMEOUT_MS,
    body: {
      name: `Swarm ${linkId}`,
      room_alias_name: linkId,
      preset: "public_chat",
      visibility: "private",
      initial_state: wish.isEncrypted ? [...state, encryption] : state,
      invite: wish.members ?? [],
      power_level_content_override: {
        events: Object.fromEntries(CALL_MEMBER_EVENTS.map((type) => [type, EVERYBODY])),
      },
    },
  });
  return { roomId: roomIdIn(body, maker.api), linkId };
}

/** Makes a room for nobody else, to send into. */
export async function createClockRoom(maker: RoomMaker): Promise<string> {
  const body = await maker.api.json({
    method: "POST",
    path: "/_matrix/client/v3/createRoom",
    token: maker.token,
    timeoutMs: CREATE_TIMEOUT_MS,
    body: { name: "Swarm clock", preset: "private_chat", visibility: "private" },
  });
  return roomIdIn(body, maker.api);
}

/** @throws {TargetError} `room_not_found` */
export async function resolveLink(maker: Omit<RoomMaker, "randomBytes">, alias: string): Promise<string> {
  const path = pathOf("/_matrix/client/v3/directory/room", alias);
  const answer = await maker.api.sendPatiently({ method: "GET", path, token: maker.token });
  const roomId = stringAt(answer.body, "room_id");
  if (answer.isOk && roomId !== undefined) return roomId;
  throw new TargetError("room_not_found", `The link names no room: ${alias} is not known to the homeserver.`);
}

function roomIdIn(body: unknown, api: MatrixApi): string {
  const roomId = stringAt(body, "room_id");
  if (roomId !== undefined) return roomId;
  throw new TargetError("not_a_homeserver", `${new URL(api.baseUrl).host} made a room but gave it no id.`);
}

function newLinkId(randomBytes: RoomMaker["randomBytes"]): string {
  return GROUP_LENGTHS.map((length) => letters(length, randomBytes)).join("-");
}

function letters(length: number, randomBytes: RoomMaker["randomBytes"]): string {
  // Bytes beyond the last whole multiple of the alphabet would favour its first letters.
  const limit = 256 - (256 % ALPHABET.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

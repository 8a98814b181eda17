import { randomInt } from "node:crypto";

import { postJson } from "./json.ts";
import { register } from "./registerAccount.ts";

export interface RoomToMake {
  readonly isEncrypted: boolean;
  /** Who made it is not in it any more, so that nobody waits for their answer. */
  readonly isMakerGone?: boolean;
}

export interface MadeRoom {
  readonly roomId: string;
  /** The part of the link after `/r/`. */
  readonly linkId: string;
  /** `#linkId:server`. */
  readonly alias: string;
}

const ENCRYPTION = { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } };

/** Makes a call room through the client API, as an account that nobody uses afterwards. */
export async function createRoom(origin: string, { isEncrypted, isMakerGone = false }: RoomToMake): Promise<MadeRoom> {
  const linkId = `${letters(4)}-${letters(4)}-${letters(3)}`;
  const account = await register(origin, "maker");
  const room = await postJson<{ room_id: string }>(
    `${origin}/_matrix/client/v3/createRoom`,
    {
      preset: "public_chat",
      room_alias_name: linkId,
      name: `Story ${linkId}`,
      initial_state: isEncrypted ? [ENCRYPTION] : [],
      power_level_content_override: { events: { "org.matrix.msc3401.call.member": 0 } },
    },
    account.accessToken,
  );
  if (isMakerGone) {
    const leave = `${origin}/_matrix/client/v3/rooms/${encodeURIComponent(room.room_id)}/leave`;
    await postJson(leave, {}, account.accessToken);
  }
  return { roomId: room.room_id, linkId, alias: `#${linkId}:${account.userId.split(":").slice(1).join(":")}` };
}

function letters(count: number): string {
  return Array.from({ length: count }, () => String.fromCodePoint(97 + randomInt(26))).join("");
}

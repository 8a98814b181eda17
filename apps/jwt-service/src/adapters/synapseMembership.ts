import type { Clock } from "@conclave/kit";

import type { Homeservers } from "../ports.ts";
import type { ClientApi } from "./clientApis.ts";
import { deadlineIn } from "./deadline.ts";
import { TimedCache } from "./TimedCache.ts";

const CALL_TIMEOUT_MS = 3000;
/** A room of a few thousand members; larger ones are not checked. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const REMEMBERED_MS = 1000;
const MAX_ROOMS = 1000;

interface MembershipDeps {
  readonly clock: Clock;
  /** The homeserver that knows the rooms: our own. */
  readonly clientApi: () => Promise<ClientApi | undefined>;
  /** An administrator's access token. */
  readonly token: string;
}

/**
 * Asks our own Synapse who is in a room, users of other servers included; `unknown` for rooms that it does not know.
 *
 * @see Synapse, "Room Members API"
 */
export function synapseMembership({ clock, clientApi, token }: MembershipDeps): NonNullable<Homeservers["membership"]> {
  const known = new TimedCache<Promise<ReadonlySet<string> | undefined>>(clock, MAX_ROOMS);

  async function ask(roomId: string): Promise<ReadonlySet<string> | undefined> {
    const api = await clientApi();
    if (!api) return undefined;
    const answer = await api.call({
      method: "GET",
      url: new URL(`${api.baseUrl}/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}/members`),
      headers: { authorization: `Bearer ${token}` },
      limitBytes: MAX_ANSWER_BYTES,
      deadline: deadlineIn(CALL_TIMEOUT_MS),
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    const { members } = JSON.parse(answer.body.toString("utf8")) as { readonly members?: readonly string[] };
    return new Set(members ?? []);
  }

  return async ({ userId, roomId }) => {
    const members = known.get(roomId) ?? ask(roomId);
    known.set(roomId, members, REMEMBERED_MS);
    const joined = await members;
    if (!joined) return "unknown";
    return joined.has(userId) ? "joined" : "absent";
  };
}

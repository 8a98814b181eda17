import { getJson, postJson, putJson } from "../json.ts";
import { register } from "../registerAccount.ts";

const CALL_MEMBER = "org.matrix.msc3401.call.member";
/** More than a story writes. */
const LIMIT = 500;

/** A change of somebody's membership, as the room keeps it. */
export interface MembershipChange {
  readonly userId: string;
  readonly isIn: boolean;
  /** By the homeserver's clock, in ms since 1970. */
  readonly atMs: number;
}

interface HistoryEvent {
  readonly type: string;
  readonly sender: string;
  readonly origin_server_ts: number;
  readonly content: object;
}

/** Reads every call membership that a room was ever sent, oldest first. */
export type ReadCallRecord = () => Promise<readonly MembershipChange[]>;

/** Comes into a room as somebody who reads its history. */
export async function openCallRecord(origin: string, roomId: string): Promise<ReadCallRecord> {
  const { accessToken } = await register(origin, "historian");
  await postJson(`${origin}/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {}, accessToken);
  const filter = encodeURIComponent(JSON.stringify({ types: [CALL_MEMBER] }));
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=f&limit=${LIMIT}&filter=${filter}`;
  return async () => {
    const { chunk } = await getJson<{ chunk: readonly HistoryEvent[] }>(origin + path, accessToken);
    return chunk.map(({ sender, content, origin_server_ts }) => ({
      userId: sender,
      isIn: Object.keys(content).length > 0,
      atMs: origin_server_ts,
    }));
  };
}

/** Every call membership that a room was ever sent, oldest first, as somebody reads it who has just come in. */
export async function readCallRecord(origin: string, roomId: string): Promise<readonly MembershipChange[]> {
  return (await openCallRecord(origin, roomId))();
}

/** A membership of nobody's, that the homeserver alone is to end. */
export interface TimedMembership {
  readonly userId: string;
  /** The earliest instant at which it may end. */
  readonly dueAtMs: number;
}

/** Puts a membership into the room, which no client reads as one, and a delayed leave after it. */
export async function placeTimedMembership(origin: string, roomId: string, delayMs: number): Promise<TimedMembership> {
  const { accessToken, userId, deviceId } = await register(origin, "timer");
  const room = encodeURIComponent(roomId);
  await postJson(`${origin}/_matrix/client/v3/join/${room}`, {}, accessToken);
  const key = encodeURIComponent(`_${userId}_${deviceId}_m.call`);
  const path = `${origin}/_matrix/client/v3/rooms/${room}/state/${CALL_MEMBER}/${key}`;
  await putJson(path, { about: "a story" }, accessToken);
  const dueAtMs = Date.now() + delayMs;
  await putJson(`${path}?org.matrix.msc4140.delay=${delayMs}`, {}, accessToken);
  return { userId, dueAtMs };
}

/** Delayed events of a user that wait for their time. @see MSC4140 */
export async function countDelayedEvents(origin: string, accessToken: string): Promise<number> {
  const path = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events?status=scheduled";
  const answer = await getJson<{ delayed_events: readonly unknown[] }>(origin + path, accessToken);
  return answer.delayed_events.length;
}

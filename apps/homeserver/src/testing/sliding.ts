import { at, list, type Answer, type Body, type TestServer, type TestUser } from "./TestServer.ts";

const PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";

export interface Ask {
  readonly pos?: unknown;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Asks by sliding sync, whatever comes back. */
export function askSliding(server: TestServer, user: TestUser, body: Body, asked: Ask = {}): Promise<Answer> {
  const { pos, timeout = 0, signal } = asked;
  const query = new URLSearchParams({ timeout: String(timeout), ...(pos !== undefined && { pos: pos as string }) });
  return server.call("POST", `${PATH}?${query.toString()}`, { token: user.token, body, ...(signal && { signal }) });
}

/** Asks by sliding sync and insists on success. */
export async function slide(server: TestServer, user: TestUser, body: Body, asked: Ask = {}): Promise<Body> {
  const answer = await askSliding(server, user, body, asked);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

export const NAME = [["m.room.name", ""]];

/** A list of all rooms. */
export function all(config: Body = {}): Body {
  return { lists: { all: { ranges: [[0, 99]], required_state: NAME, timeline_limit: 5, ...config } } };
}

/** One room by name. */
export function subscribe(roomId: string, config: Body = {}): Body {
  return { room_subscriptions: { [roomId]: { required_state: NAME, timeline_limit: 5, ...config } } };
}

/** What an answer says of a room. */
export function roomOf(answer: Body, roomId: string): Body | undefined {
  return at(answer, "rooms", roomId) as Body | undefined;
}

/** Messages of a room's timeline. */
export function texts(answer: Body, roomId: string): unknown[] {
  return list(answer, "rooms", roomId, "timeline").flatMap((event) => at(event, "content", "body") ?? []);
}

/** `type|key` of a room's required state. */
export function stateOf(answer: Body, roomId: string): string[] {
  return list(answer, "rooms", roomId, "required_state")
    .map((event) => `${String(event["type"])}|${String(event["state_key"])}`)
    .toSorted();
}

import type { Body, TestServer, TestUser } from "./TestServer.ts";

/** A room's state as the server says it: event ids by type and key. */
export async function serverState(server: TestServer, user: TestUser, roomId: string): Promise<Map<string, unknown>> {
  const answer = await server.call("GET", `/rooms/${roomId}/state`, { token: user.token });
  const events = answer.body as unknown as readonly Body[];
  return new Map(events.map((event) => [`${String(event["type"])}|${String(event["state_key"])}`, event["event_id"]]));
}

/** One random act; refusals are part of life. */
export async function actAtRandom(
  server: TestServer,
  next: () => number,
  { users, rooms }: { readonly users: readonly TestUser[]; readonly rooms: readonly string[] },
): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const [user, other, room] = [pick(users), pick(users), pick(rooms)];
  const { token } = user;
  const n = Math.floor(next() * 1e9);
  const acts = [
    () => server.call("PUT", `/rooms/${room}/send/m.room.message/t${n}`, { token, body: { n } }),
    () => server.call("PUT", `/rooms/${room}/state/org.matrix.msc3401.call.member/_${n % 3}`, { token, body: { n } }),
    () => server.call("PUT", `/rooms/${room}/state/m.room.topic/`, { token, body: { topic: String(n % 5) } }),
    () => server.call("POST", `/join/${room}`, { token, body: {} }),
    () => server.call("POST", `/join/${room}`, { token, body: {} }),
    () => server.call("POST", `/rooms/${room}/leave`, { token, body: {} }),
    () => server.call("POST", `/rooms/${room}/kick`, { token, body: { user_id: other.userId } }),
  ];
  await pick(acts)();
}

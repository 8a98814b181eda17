import { seededRandom } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

import { actAtRandom, serverState } from "../testing/actAtRandom.ts";
import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const SEED = 20_261_124;
const STEPS = 250;
const TEST_TIMEOUT_MS = 60_000;

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ limits: { sendBurst: 100_000 } });
});

afterEach(() => server.close());

/** A client that knows a room only from its own incremental syncs. */
class Follower {
  readonly #user: TestUser;
  readonly #query: Readonly<Record<string, string>>;
  readonly #rooms = new Map<string, Map<string, unknown>>();
  readonly #seen = new Map<string, Set<unknown>>();
  #since: string | undefined;

  constructor(user: TestUser, query: Readonly<Record<string, string>>) {
    this.#user = user;
    this.#query = query;
  }

  async sync(): Promise<void> {
    const since = this.#since === undefined ? {} : { since: this.#since };
    const answer = await server.sync(this.#user, { ...this.#query, ...since });
    this.#since = String(answer["next_batch"]);
    for (const roomId of Object.keys(at(answer, "rooms", "join") ?? {})) this.#apply(roomId, answer);
    for (const roomId of Object.keys(at(answer, "rooms", "leave") ?? {})) this.#forget(roomId);
  }

  state(roomId: string): ReadonlyMap<string, unknown> | undefined {
    return this.#rooms.get(roomId);
  }

  #apply(roomId: string, answer: Body): void {
    const room = this.#rooms.get(roomId) ?? new Map<string, unknown>();
    this.#rooms.set(roomId, room);
    const path = ["rooms", "join", roomId] as const;
    const isAfter = "org.matrix.msc4222.use_state_after" in this.#query;
    const timeline = list(answer, ...path, "timeline", "events");
    const state = isAfter
      ? list(answer, ...path, "org.matrix.msc4222.state_after", "events")
      : [...list(answer, ...path, "state", "events"), ...timeline.filter((event) => "state_key" in event)];
    for (const event of state) room.set(`${String(event["type"])}|${String(event["state_key"])}`, event["event_id"]);
    this.#see(roomId, timeline);
  }

  #see(roomId: string, timeline: readonly Body[]): void {
    const seen = this.#seen.get(roomId) ?? new Set();
    this.#seen.set(roomId, seen);
    for (const { event_id: id } of timeline) {
      if (seen.has(id)) throw new Error(`${String(id)} came twice`);
      seen.add(id);
    }
  }

  #forget(roomId: string): void {
    this.#rooms.delete(roomId);
    this.#seen.delete(roomId);
  }
}

test.each([
  ["state before the timeline", {}],
  ["state after the timeline", { "org.matrix.msc4222.use_state_after": "true" }],
  ["a timeline of one type", { types: "m.room.message" }],
])(
  "whoever follows by increments knows the same as the server, with %s",
  async (_what, { types, ...query }: Record<string, string>) => {
    const random = seededRandom(SEED);
    const next = (): number => random.next();
    const users = [await server.register("alice"), await server.register("bob"), await server.register("carol")];
    const [alice] = users as [TestUser];
    const rooms = [await server.room(alice), await server.room(alice)];
    const timeline = { limit: 2, ...(types !== undefined && { types: [types] }) };
    const followers = users.map(
      (user) => new Follower(user, { ...query, filter: JSON.stringify({ room: { timeline } }) }),
    );

    for (let step = 0; step < STEPS; step++) {
      await actAtRandom(server, next, { users, rooms });
      for (const follower of followers) if (next() < 0.25) await follower.sync();
    }

    for (const [index, user] of users.entries()) {
      await followers[index]?.sync();
      const joined: readonly unknown[] = list(
        await server.ok("GET", "/joined_rooms", { token: user.token }),
        "joined_rooms",
      );
      for (const roomId of rooms) {
        const truth = joined.includes(roomId) ? await serverState(server, user, roomId) : undefined;
        expect(followers[index]?.state(roomId), `seed ${SEED}, ${user.userId}`).toEqual(truth);
      }
    }
  },
  TEST_TIMEOUT_MS,
);

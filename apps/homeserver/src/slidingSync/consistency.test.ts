import { seededRandom } from "@conclave/kit/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

import { actAtRandom, serverState } from "../testing/actAtRandom.ts";
import { all, roomOf, slide, subscribe } from "../testing/sliding.ts";
import { at, list, TestServer, type Body, type TestUser } from "../testing/TestServer.ts";

const SEED = 20_261_129;
const STEPS = 250;
const TEST_TIMEOUT_MS = 60_000;
const EVERYTHING = { required_state: [["*", "*"]], timeline_limit: 2 };

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ limits: { sendBurst: 100_000 } });
});

afterEach(() => server.close());

/** A client that knows its rooms from one connection only, and loses some answers. */
class Follower {
  readonly #user: TestUser;
  readonly #ask: () => Body;
  readonly #rooms = new Map<string, Map<string, unknown>>();
  #pos: unknown;

  constructor(user: TestUser, ask: () => Body) {
    this.#user = user;
    this.#ask = ask;
  }

  state(roomId: string): ReadonlyMap<string, unknown> | undefined {
    return this.#rooms.get(roomId);
  }

  async sync(isLost = false): Promise<void> {
    const answer = await slide(server, this.#user, this.#ask(), { pos: this.#pos });
    if (isLost) return;
    this.#pos = answer["pos"];
    for (const roomId of Object.keys(answer["rooms"] as object)) this.#apply(roomId, roomOf(answer, roomId) ?? {});
  }

  #apply(roomId: string, room: Body): void {
    const isWhole = room["initial"] === true;
    const known = isWhole ? new Map<string, unknown>() : (this.#rooms.get(roomId) ?? new Map<string, unknown>());
    for (const event of list(room, "required_state"))
      known.set(`${String(event["type"])}|${String(event["state_key"])}`, event["event_id"]);
    this.#rooms.set(roomId, known);
    const own = list(room, "required_state").find((event) => event["state_key"] === this.#user.userId);
    if (own && at(own, "content", "membership") !== "join") this.#rooms.delete(roomId);
  }
}

test.each<[string, (rooms: readonly string[], next: () => number) => Body]>([
  ["a window of all rooms", () => all(EVERYTHING)],
  ["subscriptions", (rooms) => ({ room_subscriptions: Object.fromEntries(rooms.map((id) => [id, EVERYTHING])) })],
  [
    "a window that moves, and one room by name",
    (rooms, next) => ({
      ...all({ ...EVERYTHING, ranges: [[0, next() < 0.5 ? 0 : 1]] }),
      ...(next() < 0.5 && subscribe(rooms[0] ?? "", EVERYTHING)),
    }),
  ],
])(
  "whoever follows by %s knows the same as the server",
  async (_what, ask) => {
    const random = seededRandom(SEED);
    const next = (): number => random.next();
    const users = [await server.register("alice"), await server.register("bob"), await server.register("carol")];
    const [alice] = users as [TestUser];
    const rooms = [await server.room(alice), await server.room(alice)];
    let isOver = false;
    const followers = users.map((user) => new Follower(user, () => (isOver ? all(EVERYTHING) : ask(rooms, next))));

    for (let step = 0; step < STEPS; step++) {
      await actAtRandom(server, next, { users, rooms });
      for (const follower of followers) if (next() < 0.3) await follower.sync(next() < 0.2);
    }
    isOver = true;

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

import { recordEvents } from "@conclave/kit/testing";
import type { RoomEvent, RoomId } from "@conclave/matrix-rtc";
import { describe, expect, test, vi } from "vitest";

import { openTinyGuest, type TinyGuest } from "./http/testing/openTinyGuest.ts";
import { refuse, TinyHomeserver } from "./http/testing/TinyHomeserver.ts";

const ROOM = "!room:tiny.example" as RoomId;
const OWN = { type: "m.room.member", event_id: "$own", sender: "@a:tiny.example", origin_server_ts: 1 };

// Real Olm machines take their time when the computer is busy.
vi.setConfig({ testTimeout: 20_000 });

interface Place {
  readonly server: TinyHomeserver;
  readonly alice: TinyGuest;
  readonly received: readonly RoomEvent[];
  /** The next answer to `/sync`. */
  readonly say: (answer: object) => void;
}

/** Alice watches a room; what `/sync` says is up to the test. */
async function watch(): Promise<Place> {
  const server = new TinyHomeserver();
  const room = { state: { events: [{ ...OWN, state_key: "@a:tiny.example", content: { membership: "join" } }] } };
  server.rooms = { [ROOM]: room };
  const waiting: ((answer: object) => void)[] = [];
  const said: object[] = [];
  server.on("GET", /\/sync$/, ({ url }) => {
    if (!url.searchParams.has("since")) return undefined;
    const next = said.shift();
    return next ? { ...next } : new Promise((resolve) => waiting.push((answer) => resolve({ ...answer })));
  });
  const alice = await openTinyGuest(server);
  const received = recordEvents(alice.scope, alice.session.watchEvents(ROOM, alice.scope));
  const view = alice.session.watchRoom(ROOM, alice.scope);
  await vi.waitFor(() => expect(view.get()).toBeDefined(), { timeout: 10_000 });
  const say = (answer: object): void => {
    const resume = waiting.shift();
    if (resume) resume(answer);
    else said.push(answer);
  };
  return { server, alice, received, say };
}

function reaction(event_id: string): object {
  return { type: "m.reaction", event_id, sender: "@b:tiny.example", origin_server_ts: 1, content: {} };
}

function cut(...events: readonly object[]): object {
  return { next_batch: "s9", rooms: { join: { [ROOM]: { timeline: { events, limited: true, prev_batch: "t5" } } } } };
}

function idsOf(events: readonly RoomEvent[]): readonly string[] {
  return events.map(({ eventId }) => eventId);
}

describe("when more was said than a sync tells", () => {
  test("the rest is fetched and delivered before it, once", async () => {
    const { server, received, say } = await watch();
    server.on("GET", /\/messages$/, () => ({ chunk: [reaction("$2"), reaction("$1")] }));

    say(cut(reaction("$3")));
    await vi.waitFor(() => expect(received).toHaveLength(3), { timeout: 10_000 });
    say({ next_batch: "s10", rooms: { join: { [ROOM]: { timeline: { events: [reaction("$3"), reaction("$4")] } } } } });
    await vi.waitFor(() => expect(received).toHaveLength(4), { timeout: 10_000 });

    expect(idsOf(received)).toEqual(["$1", "$2", "$3", "$4"]);
    expect(server.count("GET", /\/messages$/)).toBe(1);
  });

  test("keys and state do not wait for it", async () => {
    const { server, alice, received, say } = await watch();
    const keys = recordEvents(alice.scope, alice.session.toDeviceReceived);
    const view = alice.session.watchRoom(ROOM, alice.scope);
    const asked: ((page: Record<string, unknown>) => void)[] = [];
    server.on("GET", /\/messages$/, () => new Promise((resolve) => asked.push(resolve)));
    const name = { type: "m.room.name", event_id: "$n", sender: "@b:tiny.example", origin_server_ts: 1, state_key: "" };
    const timeline = { events: [{ ...name, content: { name: "Standup" } }, reaction("$3")], limited: true };
    const key = { type: "key", sender: "@b:tiny.example", content: {} };

    say({
      next_batch: "s9",
      rooms: { join: { [ROOM]: { timeline: { ...timeline, prev_batch: "t5" } } } },
      to_device: { events: [key] },
    });
    await vi.waitFor(() => expect([keys.length, view.get()?.name]).toEqual([1, "Standup"]), { timeout: 10_000 });
    const before = idsOf(received);
    await vi.waitFor(() => expect(asked).toHaveLength(1), { timeout: 10_000 });
    asked[0]?.({ chunk: [reaction("$1")] });
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 10_000 });

    expect([before, idsOf(received)]).toEqual([[], ["$1", "$3"]]);
  });

  test("and it cannot be had, what was told is delivered", async () => {
    const { server, received, say } = await watch();
    server.on("GET", /\/messages$/, () => refuse(403, "M_FORBIDDEN"));

    say(cut(reaction("$3")));
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 10_000 });

    expect(idsOf(received)).toEqual(["$3"]);
  });

  test("in a room whose messages nobody watches, nothing is fetched", async () => {
    const { server, alice, say } = await watch();
    const other = cut(reaction("$3")) as { rooms: { join: Record<string, unknown> } };
    const elsewhere = "!other:tiny.example" as RoomId;
    const seen = alice.session.watchRoom(elsewhere, alice.scope);
    say({ next_batch: "s8", rooms: { join: { [elsewhere]: { state: { events: [] } } } } });
    await vi.waitFor(() => expect(seen.get()).toBeDefined(), { timeout: 10_000 });

    say({ next_batch: "s9", rooms: { join: { [elsewhere]: other.rooms.join[ROOM] } } });
    say({ next_batch: "s10" });
    await vi.waitFor(() => expect(server.requests.at(-1)?.url.searchParams.get("since")).toBe("s10"), {
      timeout: 10_000,
    });

    expect(server.count("GET", /\/messages$/)).toBe(0);
  });
});

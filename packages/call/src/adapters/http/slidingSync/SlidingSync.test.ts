import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import type { RoomId } from "@conclave/matrix-rtc";
import { describe, expect, onTestFinished, test } from "vitest";

import { HomeserverClient } from "../HomeserverClient.ts";
import { recordAt } from "../json.ts";
import type { SyncWay } from "../SyncSource.ts";
import { refuse } from "../testing/TinyHomeserver.ts";
import { ChosenSync } from "./ChosenSync.ts";

const ROOM = "!room:hs.example" as RoomId;
const OTHER = "!other:hs.example" as RoomId;
const ALICE = "@alice:hs.example";
const STICKY = "org.matrix.msc4354.sticky_events";

interface Sent {
  readonly path: string;
  readonly pos: string | null;
  readonly timeout: string | null;
  readonly body: Record<string, unknown>;
  readonly signal: AbortSignal | null | undefined;
}

/** A homeserver that answers as scripted and then hangs, as a long poll without news does. */
function setUp(...answers: (Response | object)[]) {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const sent: Sent[] = [];
  const waiting: ((answer: object) => void)[] = [];
  const fetch = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input as string);
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Sent["body"]) : {};
    const [pos, timeout] = [url.searchParams.get("pos"), url.searchParams.get("timeout")];
    sent.push({ path: url.pathname, pos, timeout, body, signal: init.signal });
    const answer = answers.shift();
    if (answer) return Promise.resolve(answer instanceof Response ? answer : Response.json(answer));
    return new Promise((resolve, reject) => {
      waiting.push((late) => resolve(Response.json(late)));
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
    });
  };
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example", fetch, clock, signal: scope.signal });
  const open = (way: SyncWay = "auto"): ChosenSync =>
    new ChosenSync({ client, clock, logger: silentLogger, way, userId: () => ALICE });
  return { open, clock, sent, answerLate: (answer: object) => waiting.at(-1)?.(answer) };
}

/** Sends a request that ends with the test. */
async function startWaiting(source: ChosenSync): Promise<void> {
  source.next().catch(() => {});
  await settlePromises();
}

function event(type: string, eventId: string, more: object = {}): object {
  return { type, event_id: eventId, sender: ALICE, origin_server_ts: 1000, content: {}, ...more };
}

function own(membership: string): object {
  return event("m.room.member", `$${membership}`, { state_key: ALICE, content: { membership } });
}

function whole(more: object = {}): object {
  return { initial: true, required_state: [own("join"), event("m.room.encryption", "$e", { state_key: "" })], ...more };
}

function saying(...eventIds: readonly string[]): object {
  return { timeline: eventIds.map((eventId) => event("m.reaction", eventId)) };
}

function roomsOf({ body }: Sent): string[] {
  return Object.keys(recordAt(body, "room_subscriptions"));
}

/** A whole room, and the position after it. */
const ARRIVAL = { pos: "p1", rooms: { [ROOM]: whole() } };

describe("the first request", () => {
  test("asks for no room and no more than its few extensions", async () => {
    const { open, sent } = setUp({ pos: "p1" });

    const { isFirst } = await open().next();

    expect(isFirst).toBe(true);
    expect(sent[0]).toMatchObject({ pos: null, timeout: "0" });
    expect(Object.keys(sent[0]?.body ?? {})).toEqual(["extensions"]);
    expect(JSON.stringify(sent[0]?.body).length).toBeLessThan(200);
  });

  test("is asked as /sync where there is no sliding sync, and so are all that follow", async () => {
    const { open, sent } = setUp(refuse(404, "M_UNRECOGNIZED"), { next_batch: "s1" }, { next_batch: "s2" });
    const source = open();

    const first = await source.next();
    const second = await source.next();

    expect([first.isFirst, second.isFirst, second.delta.nextBatch]).toEqual([true, false, "s2"]);
    expect(sent.map(({ path }) => path.split("/").slice(-2).join("/"))).toEqual([
      "org.matrix.simplified_msc3575/sync",
      "v3/sync",
      "v3/sync",
    ]);
  });

  test("is not asked in another way when the homeserver does not answer, or the account is logged out", async () => {
    for (const [status, errcode, code] of [
      [401, "M_UNKNOWN_TOKEN", "logged_out"],
      [403, "M_FORBIDDEN", "forbidden"],
    ] as const) {
      const { open, sent } = setUp(refuse(status, errcode));

      await expect(open().next()).rejects.toMatchObject({ code });
      expect(sent).toHaveLength(1);
    }
  });
});

describe("a room that is wanted", () => {
  test("makes a request that waits be asked anew from where it was", async () => {
    const { open, sent } = setUp({ pos: "p1" });
    const source = open();
    await source.next();
    await startWaiting(source);

    source.want(ROOM);
    source.want(ROOM);
    await settlePromises();

    expect(sent.map((request) => [request.pos, roomsOf(request)])).toEqual([
      [null, []],
      ["p1", []],
      ["p1", [ROOM]],
    ]);
    expect(sent[1]?.signal?.aborted).toBe(true);
  });

  test("comes as the state after its timeline, whatever the timeline says", async () => {
    const timeline = [event("m.room.name", "$n", { state_key: "" }), event("m.reaction", "$r")];
    const { open, sent } = setUp({ pos: "p1", rooms: { [ROOM]: whole({ timeline }) } });
    const source = open();
    source.want(ROOM);

    const { delta } = await source.next();

    expect(roomsOf(sent[0] as Sent)).toEqual([ROOM]);
    expect(delta.joined[0]?.state.map(({ type }) => type)).toEqual(["m.room.member", "m.room.encryption"]);
    expect(delta.joined[0]?.events.map(({ eventId }) => eventId)).toEqual(["$r"]);
  });

  test("is left when one's own membership says so, and no longer taken in parts", async () => {
    const gone = { pos: "p2", rooms: { [ROOM]: { required_state: [own("leave")] } } };
    const part = { pos: "p3", rooms: { [ROOM]: { required_state: [event("m.room.name", "$n", { state_key: "" })] } } };
    const { open } = setUp(ARRIVAL, gone, part);
    const source = open();
    source.want(ROOM);
    await source.next();

    const second = await source.next();
    const third = await source.next();

    expect([second.delta.left, second.delta.joined]).toEqual([[ROOM], []]);
    expect(third.delta.joined).toEqual([]);
  });

  test("is not taken for one without encryption while only its sticky events or an invitation have come", async () => {
    const sticky = { rooms: { [ROOM]: { events: [event("x", "$x", { msc4354_sticky: { duration_ms: 5 } })] } } };
    const { open } = setUp({
      pos: "p1",
      rooms: { [OTHER]: { initial: true, invite_state: [] } },
      extensions: { [STICKY]: { next_batch: "5", ...sticky } },
    });

    expect((await open().next()).delta.joined).toEqual([]);
  });
});

test("an answer that is wanted at once is not waited for", async () => {
  const { open, sent } = setUp(ARRIVAL, { pos: "p2" });
  const source = open();
  await source.next();

  await source.next(true);
  await startWaiting(source);

  expect(sent.map(({ pos, timeout }) => [pos, timeout])).toEqual([
    [null, "0"],
    ["p1", "0"],
    ["p2", "30000"],
  ]);
});

describe("a new account", () => {
  test("is told of its first room without asking again, and after that only of what it wants", async () => {
    const { open, sent, answerLate } = setUp({ pos: "p1" });
    const source = open();
    source.expectFirstRoom();
    await source.next();
    const next = source.next();
    await settlePromises();

    source.want(ROOM);
    answerLate({ ...ARRIVAL, pos: "p2" });
    await next;
    await startWaiting(source);

    expect(sent.map((request) => ["lists" in request.body, roomsOf(request)])).toEqual([
      [true, []],
      [true, []],
      [false, [ROOM]],
    ]);
  });

  test("goes on asking for the room that came by itself, although nobody wants it yet", async () => {
    const { open, sent } = setUp({ pos: "p1" }, { ...ARRIVAL, pos: "p2" });
    const source = open();
    source.expectFirstRoom();
    await source.next();
    await source.next();

    await startWaiting(source);
    expect(roomsOf(sent[2]!)).toEqual([ROOM]);
    source.want(ROOM);
    await settlePromises();

    expect(sent).toHaveLength(3);
  });

  test("asks after a while if the room does not come by itself", async () => {
    const { open, clock, sent } = setUp({ pos: "p1" });
    const source = open();
    source.expectFirstRoom();
    await source.next();
    await startWaiting(source);

    source.want(ROOM);
    await clock.advance(1_000);

    expect(sent.map(roomsOf)).toEqual([[], [], [ROOM]]);
  });
});

describe("tokens", () => {
  test("of messages and sticky events go back with the next request", async () => {
    const extensions = { to_device: { next_batch: "7", events: [{ type: "t" }] }, [STICKY]: { next_batch: "9" } };
    const { open, sent } = setUp({ pos: "p1", extensions });
    const source = open();

    const { delta } = await source.next();
    await startWaiting(source);

    const asked = recordAt(sent[1]?.body, "extensions");
    expect(delta.crypto.toDevice).toEqual([{ type: "t" }]);
    expect([recordAt(asked, "to_device")["since"], recordAt(asked, STICKY)["since"]]).toEqual(["7", "9"]);
  });

  test("of sticky events are left out once when a room has come, whose events may be older", async () => {
    const { open, sent } = setUp({ pos: "p0", extensions: { [STICKY]: { next_batch: "9" } } }, ARRIVAL, {
      pos: "p2",
      extensions: { [STICKY]: { next_batch: "9" } },
    });
    const source = open();
    for (let round = 0; round < 3; round++) await source.next();
    await startWaiting(source);

    const since = sent.map(({ body }) => recordAt(recordAt(body, "extensions"), STICKY)["since"]);
    expect(since).toEqual([undefined, "9", undefined, "9"]);
  });

  test("of messages outlive a connection that the homeserver has forgotten, which begins anew", async () => {
    const { open, sent } = setUp(
      { pos: "p1", extensions: { to_device: { next_batch: "7", events: [] }, [STICKY]: { next_batch: "9" } } },
      refuse(400, "M_UNKNOWN_POS"),
      { pos: "q1" },
    );
    const source = open();
    await source.next();

    const again = await source.next();

    expect(again.isFirst).toBe(true);
    expect(sent.map(({ pos }) => pos)).toEqual([null, "p1", null]);
    const asked = recordAt(sent[2]?.body, "extensions");
    expect([recordAt(asked, "to_device")["since"], recordAt(asked, STICKY)["since"]]).toEqual(["7", undefined]);
  });

  test("what a connection that begins anew says again is not taken for new", async () => {
    const { open } = setUp(
      { pos: "p1", rooms: { [ROOM]: whole(saying("$1", "$2")) } },
      { pos: "p2", rooms: { [ROOM]: saying("$3") } },
      refuse(400, "M_UNKNOWN_POS"),
      { pos: "q1", rooms: { [ROOM]: whole(saying("$2", "$3", "$4")) } },
    );
    const source = open();
    source.want(ROOM);
    await source.next();
    await source.next();

    const { delta } = await source.next();

    expect(delta.joined[0]?.events.map(({ eventId }) => eventId)).toEqual(["$4"]);
    expect(delta.joined[0]?.state).toHaveLength(2);
  });

  test("of timelines say where a gap begins: before what was told last, which is not to be told again", async () => {
    const cut = { limited: true, prev_batch: "t90", ...saying("$9") };
    const { open } = setUp(
      { pos: "p1", rooms: { [ROOM]: whole({ ...saying("$1", "$2"), limited: true, prev_batch: "t10" }) } },
      { pos: "p2", rooms: { [ROOM]: { required_state: [own("join")] } } },
      { pos: "p3", rooms: { [ROOM]: cut } },
      refuse(400, "M_UNKNOWN_POS"),
      { pos: "q1", rooms: { [ROOM]: whole({ ...saying("$9", "$10"), limited: true, prev_batch: "t89" }) } },
      refuse(400, "M_UNKNOWN_POS"),
      { pos: "r1", rooms: { [ROOM]: whole({ ...saying("$40"), limited: true, prev_batch: "t200" }) } },
    );
    const source = open();
    source.want(ROOM);
    const gaps: unknown[] = [];
    for (let round = 0; round < 5; round++) gaps.push((await source.next()).delta.joined[0]?.gap);

    expect(gaps).toEqual([
      undefined,
      undefined,
      { from: "t90", to: "t10", told: new Set(["$1", "$2"]) },
      undefined,
      { from: "t200", to: "t89", told: new Set(["$9", "$10"]) },
    ]);
  });

  test("an answer without a position is refused", async () => {
    await expect(setUp({ rooms: {} }).open().next()).rejects.toMatchObject({ code: "homeserver_refused" });
  });
});

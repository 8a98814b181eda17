import { recordEvents, settlePromises } from "@conclave/kit/testing";
import { CALL_EVENTS, type RoomEvent, type RoomId } from "@conclave/matrix-rtc";
import { describe, expect, test, vi } from "vitest";

import { openTinyGuest, type TinyGuest } from "./http/testing/openTinyGuest.ts";
import { refuse, TinyHomeserver, type TinyRequest } from "./http/testing/TinyHomeserver.ts";

const ROOM = "!room:tiny.example" as RoomId;
const HOUR_MS = 3_600_000;
const RTC_MEMBER = "org.matrix.msc4143.rtc.member";
const ENCRYPTION = { algorithm: "m.megolm.v1.aes-sha2" };

// Real Olm machines take their time when the computer is busy.
vi.setConfig({ testTimeout: 20_000 });

function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000 });
}

interface Meeting {
  readonly server: TinyHomeserver;
  readonly alice: TinyGuest;
  readonly bob: TinyGuest;
  /** What bob receives. */
  readonly received: readonly RoomEvent[];
}

/** Alice and Bob in a room; `encryption` is its `m.room.encryption`. */
async function meet(encryption: object | null = ENCRYPTION): Promise<Meeting> {
  const server = new TinyHomeserver();
  const [alice, bob] = await Promise.all([openTinyGuest(server), openTinyGuest(server)]);
  await Promise.all([alice.session.cryptoReady, bob.session.cryptoReady]);
  const state = [stateEvent("m.room.create", "", { room_version: "12" })];
  if (encryption) state.push(stateEvent("m.room.encryption", "", encryption));
  for (const { session } of [alice, bob]) state.push(member(session.userId, "join"));
  for (const event of state) server.publish(ROOM, event);
  await Promise.all([alice, bob].map((guest) => knowsRoom(guest)));
  return { server, alice, bob, received: recordEvents(bob.scope, bob.session.watchEvents(ROOM, bob.scope)) };
}

async function knowsRoom({ session, scope }: TinyGuest, people = 2): Promise<void> {
  const room = session.watchRoom(ROOM, scope);
  await eventually(() => expect(room.get()?.joined.size).toBe(people));
}

function stateEvent(type: string, stateKey: string, content: object): Record<string, unknown> {
  return { type, state_key: stateKey, sender: "@maker:tiny.example", content };
}

function member(userId: string, membership: string): Record<string, unknown> {
  return stateEvent("m.room.member", userId, { membership });
}

function said(event_id: string): Record<string, unknown> {
  return { type: CALL_EVENTS.annotation, sender: "@a:tiny.example", event_id, content: {} };
}

/** Requests that put something into the room. */
function sentBy(server: TinyHomeserver): readonly TinyRequest[] {
  return server.requests.filter(({ method, path }) => method === "PUT" && path.includes("/send/"));
}

function sessionIds(server: TinyHomeserver): readonly unknown[] {
  return sentBy(server).map(({ body }) => body["session_id"]);
}

describe("a message in an encrypted room", () => {
  test("goes out encrypted, its relation in clear, and arrives with the device that Megolm proves", async () => {
    const { server, alice, received } = await meet();
    const content = { emoji: "🎉", "m.relates_to": { rel_type: "m.reference", event_id: "$membership" } };

    const eventId = await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, content);
    await eventually(() => expect(received).toHaveLength(1));

    const [request] = sentBy(server);
    expect(request?.path).toContain("/send/m.room.encrypted/");
    expect(JSON.stringify(request?.body)).not.toContain("🎉");
    expect(request?.body["m.relates_to"]).toEqual(content["m.relates_to"]);
    expect(received[0]).toEqual({
      type: CALL_EVENTS.reaction,
      eventId,
      sender: alice.session.userId,
      originServerTsMs: 1,
      content,
      encryptedBy: alice.session.self.deviceId,
    });
  });

  test("has the relation of its envelope if it has none inside", async () => {
    const { server, alice, received } = await meet();
    const relation = { rel_type: "m.reference", event_id: "$membership" };
    server.on("PUT", /send\/m\.room\.encrypted/, ({ body }) => {
      server.publish(ROOM, {
        type: "m.room.encrypted",
        sender: alice.session.userId,
        content: { ...body, "m.relates_to": relation },
      });
      return { event_id: "$1" };
    });

    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { emoji: "🎉" });
    await eventually(() => expect(received).toHaveLength(1));

    expect(received[0]?.content).toEqual({ emoji: "🎉", "m.relates_to": relation });
  });

  test("goes in clear if it is an annotation, which has no secret", async () => {
    const { server, alice, received } = await meet();

    await alice.session.sendEvent(ROOM, CALL_EVENTS.annotation, { "m.relates_to": { key: "🖐️" } });
    await eventually(() => expect(received).toHaveLength(1));

    expect(sentBy(server)[0]?.path).toContain("/send/m.reaction/");
    expect(received[0]?.encryptedBy).toBeUndefined();
  });

  test("is encrypted when it is scheduled, too, and says when it goes out and how long it stays", async () => {
    const { server, alice } = await meet();

    const options = { delayMs: 8000, stickyForMs: HOUR_MS };
    const delayId = await alice.session.scheduleEvent(ROOM, RTC_MEMBER, { secret: 1 }, options);

    const [request] = sentBy(server);
    expect(delayId).toMatch(/^delay/);
    expect(request?.path).toContain("/send/m.room.encrypted/");
    expect(Object.fromEntries(request?.url.searchParams ?? [])).toEqual({
      "org.matrix.msc4140.delay": "8000",
      "org.matrix.msc4354.sticky_duration_ms": String(HOUR_MS),
    });
    expect(JSON.stringify(request?.body)).not.toContain("secret");
  });

  test("shares the key once, and asks for nothing more", async () => {
    const { server, alice, received } = await meet();
    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { n: 1 });
    const before = server.requests.length;

    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { n: 2 });
    await eventually(() => expect(received).toHaveLength(2));

    const asked = server.requests.slice(before).filter(({ device }) => device === alice.device);
    expect(asked.filter(({ path }) => /send/.test(path)).map(({ path }) => path.split("/").at(-2))).toEqual([
      "m.room.encrypted",
    ]);
    expect(new Set(sessionIds(server)).size).toBe(1);
  });

  test("gets a new session as often as the room wants it", async () => {
    const { server, alice } = await meet({ ...ENCRYPTION, rotation_period_msgs: 1, rotation_period_ms: "nonsense" });

    for (const n of [1, 2, 3]) await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { n });

    expect(new Set(sessionIds(server)).size).toBe(3);
  });

  test("gets a new session when somebody has left, and the old one when somebody has come", async () => {
    const { server, alice, bob } = await meet();
    const carol = await openTinyGuest(server);
    await carol.session.cryptoReady;
    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, {});

    server.publish(ROOM, member(carol.session.userId, "join"));
    await knowsRoom(alice, 3);
    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, {});
    server.publish(ROOM, member(bob.session.userId, "leave"));
    await knowsRoom(alice, 2);
    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, {});

    const [first, second, third] = sessionIds(server);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test("goes out although a device has no key left to reach it by", async () => {
    const { server, alice, received } = await meet();
    const dead = await openTinyGuest(server);
    await dead.session.cryptoReady;
    dead.device.oneTimeKeys.length = 0;
    server.publish(ROOM, member(dead.session.userId, "join"));
    await knowsRoom(alice, 3);

    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, {});

    await eventually(() => expect(received).toHaveLength(1));
  });

  test("is not sent in clear into a room that has not arrived", async () => {
    const { server, alice } = await meet();

    const sending = alice.session.sendEvent("!other:tiny.example" as RoomId, CALL_EVENTS.reaction, {});

    await expect(sending).rejects.toMatchObject({ code: "not_found" });
    expect(sentBy(server)).toEqual([]);
  });

  test("fails as retryable if the key cannot be shared, and the next one shares it", async () => {
    const { server, alice, received } = await meet();
    let outages = 4;
    server.on("PUT", /sendToDevice/, () => (outages-- > 0 ? refuse(502, "") : undefined));

    const sending = alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { n: 1 });
    const failed = expect(sending).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: true });
    await eventually(() => expect(server.count("PUT", /sendToDevice/)).toBe(1));
    await alice.clock.advance(8000);
    await failed;
    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { n: 2 });
    await eventually(() => expect(received).toHaveLength(1));

    expect(received[0]?.content).toEqual({ n: 2 });
  });
});

describe("messages of one room", () => {
  test("go one after the other", async () => {
    const { server, alice, received } = await meet();
    const gate = new EventTarget();
    const first = new Promise((resolve) => gate.addEventListener("open", resolve));
    let held = false;
    server.on("PUT", /send\/m\.room\.encrypted/, ({ body }) => {
      if (held) return undefined;
      held = true;
      return first.then(() => {
        server.publish(ROOM, { type: "m.room.encrypted", sender: alice.session.userId, content: body });
        return { event_id: "$first" };
      });
    });

    const sending = [1, 2].map((n) => alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { n }));
    await eventually(() => expect(sentBy(server)).toHaveLength(1));
    await settlePromises();
    expect(sentBy(server)).toHaveLength(1);
    gate.dispatchEvent(new Event("open"));
    await Promise.all(sending);
    await eventually(() => expect(received).toHaveLength(2));

    expect(received.map(({ content }) => content)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("are sent again under the same transaction id after an outage", async () => {
    const { server, alice } = await meet(null);
    let outages = 1;
    server.on("PUT", /\/send\//, () => (outages-- > 0 ? refuse(502, "") : undefined));

    const sending = alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, {});
    await eventually(() => expect(sentBy(server)).toHaveLength(1));
    await alice.clock.advance(500);
    await sending;

    const [first, second] = sentBy(server);
    expect(first?.path).toContain(`/send/${CALL_EVENTS.reaction}/`);
    expect(second?.path).toBe(first?.path);
  });

  test("are refused when too many wait", async () => {
    const { server, alice } = await meet(null);
    server.on("PUT", /\/send\//, () => new Promise(() => {}));

    const sending = Array.from({ length: 101 }, () => alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, {}));
    for (const one of sending) one.catch(() => {});

    await expect(sending.at(-1)).rejects.toMatchObject({ code: "rate_limited", retryable: true });
  });
});

describe("a watched room", () => {
  test("tells nothing of its past, even if that comes again", async () => {
    const server = new TinyHomeserver();
    const past = { type: CALL_EVENTS.annotation, sender: "@a:tiny.example", event_id: "$past", content: {} };
    server.rooms = { [ROOM]: { timeline: { events: [{ ...past, origin_server_ts: 1 }] } } };
    const bob = await openTinyGuest(server);
    const received = recordEvents(bob.scope, bob.session.watchEvents(ROOM, bob.scope));
    await knowsRoom(bob, 0);

    server.publish(ROOM, past);
    server.publish(ROOM, { ...past, event_id: "$now" });
    await eventually(() => expect(received).not.toEqual([]));

    expect(received.map(({ eventId }) => eventId)).toEqual(["$now"]);
  });

  test("tells nothing of what was before it was joined", async () => {
    const { server, bob } = await meet();
    const roomId = "!joined:tiny.example" as RoomId;
    const received = recordEvents(bob.scope, bob.session.watchEvents(roomId, bob.scope));

    server.publish(roomId, said("$before"));
    const room = bob.session.watchRoom(roomId, bob.scope);
    await eventually(() => expect(room.get()).toBeDefined());
    server.publish(roomId, said("$after"));
    await eventually(() => expect(received).not.toEqual([]));

    expect(received.map(({ eventId }) => eventId)).toEqual(["$after"]);
  });

  test("delivers an event once, and only those of calls", async () => {
    const { server, received } = await meet();
    const event = { type: CALL_EVENTS.decline, sender: "@a:tiny.example", event_id: "$1", content: {} };

    server.publish(ROOM, event);
    server.publish(ROOM, { ...event, type: "m.room.message", event_id: "$2" });
    server.publish(ROOM, event);
    server.publish(ROOM, { ...event, type: CALL_EVENTS.redaction, event_id: "$3", redacts: "$1" });
    await eventually(() => expect(received).toHaveLength(2));

    expect(received.map(({ eventId, redacts }) => [eventId, redacts])).toEqual([
      ["$1", undefined],
      ["$3", "$1"],
    ]);
  });

  test("delivers an encrypted event when its key has come, and does not hold the others up for ever", async () => {
    const { server, alice, bob, received } = await meet();
    const held: Record<string, unknown>[] = [];
    server.on("PUT", /sendToDevice/, ({ body, device }) => {
      const messages = body["messages"] as Record<string, Record<string, object>>;
      const content = messages[bob.session.userId]?.[bob.device.deviceId];
      if (content) held.push({ type: "m.room.encrypted", sender: device?.userId, content });
      return {};
    });

    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { late: true });
    server.publish(ROOM, {
      type: CALL_EVENTS.annotation,
      sender: alice.session.userId,
      event_id: "$clear",
      content: {},
    });
    await eventually(() => expect(bob.device.timeline.map(({ event }) => event["event_id"])).toEqual([]));
    await settlePromises();
    const before = [...received];
    await eventually(() => expect(bob.clock.pendingTimers).toBeGreaterThan(0));
    await bob.clock.advance(2000);
    const after = [...received];
    for (const message of held) server.deliver(bob.device, message);
    await eventually(() => expect(received).toHaveLength(2));

    expect([before, after.map(({ eventId }) => eventId)]).toEqual([[], ["$clear"]]);
    expect(received[1]).toMatchObject({ content: { late: true }, encryptedBy: alice.session.self.deviceId });
  });

  test("drops an encrypted event under somebody else's name", async () => {
    const { server, alice, received } = await meet();
    const mallory = await openTinyGuest(server);
    server.on("PUT", /send\/m\.room\.encrypted/, ({ body }) => {
      server.publish(ROOM, { type: "m.room.encrypted", sender: mallory.session.userId, content: body });
      return { event_id: "$forged" };
    });

    await alice.session.sendEvent(ROOM, CALL_EVENTS.reaction, { forged: true });
    server.publish(ROOM, {
      type: CALL_EVENTS.annotation,
      sender: alice.session.userId,
      event_id: "$marker",
      content: {},
    });
    await eventually(() => expect(received).not.toEqual([]));

    expect(received.map(({ eventId }) => eventId)).toEqual(["$marker"]);
  });

  test("shows a sticky member event only until it is redacted, even if that is known before its key", async () => {
    const { server, alice, bob } = await meet();
    const room = bob.session.watchRoom(ROOM, bob.scope);
    const held: Record<string, unknown>[] = [];
    server.on("PUT", /sendToDevice/, ({ body, device }) => {
      const messages = body["messages"] as Record<string, Record<string, object>>;
      const content = messages[bob.session.userId]?.[bob.device.deviceId];
      if (content) held.push({ type: "m.room.encrypted", sender: device?.userId, content });
      return {};
    });
    server.on("PUT", /send\/m\.room\.encrypted/, ({ body, path, device }) => {
      const event_id = `$${path.split("/").at(-1)}`;
      const sticky = { msc4354_sticky: { duration_ms: HOUR_MS }, origin_server_ts: Date.now() };
      server.publish(ROOM, { type: "m.room.encrypted", sender: device?.userId, content: body, event_id, ...sticky });
      return { event_id };
    });

    const gone = await alice.session.sendEvent(ROOM, RTC_MEMBER, { n: 1 }, { stickyForMs: HOUR_MS });
    const kept = await alice.session.sendEvent(ROOM, RTC_MEMBER, { n: 2 }, { stickyForMs: HOUR_MS });
    server.publish(ROOM, { type: CALL_EVENTS.redaction, sender: alice.session.userId, redacts: gone, content: {} });
    await eventually(() => expect(bob.device.timeline).toEqual([]));
    for (const message of held) server.deliver(bob.device, message);
    await eventually(() => expect(room.get()?.stickyMembers).not.toEqual([]));

    expect(room.get()?.stickyMembers.map(({ eventId }) => eventId)).toEqual([kept]);
  });
});

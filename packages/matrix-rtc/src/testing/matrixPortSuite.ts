import { Scope, until, type ReadonlySignal } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";

import type { EventId, RoomId } from "../ids.ts";
import { LEGACY_MEMBER_TYPE, legacyStateKey } from "../membership/legacyMembership.ts";
import { ROOM_CALL_SLOT } from "../model.ts";
import type { MatrixPort, RawEvent, RoomView } from "../ports.ts";

/** Two users with one device each, both joined to one room, on a homeserver with delayed events. */
export interface TwoUsers {
  readonly alice: MatrixPort;
  readonly bob: MatrixPort;
  readonly roomId: RoomId;
  /** Lets time pass: a fake clock moves, real adapters wait. */
  readonly pass: (byMs: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** One acceptance test: run it in whatever runner the adapter uses. It rejects if the adapter breaks the port's promise. */
export interface AcceptanceTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

type Body = (users: TwoUsers, scope: Scope) => Promise<void>;

const TYPE = "io.conclave.test";
const DELAY_MS = 1_000;

/**
 * What every `MatrixPort` must do, as tests without a runner:
 *
 *     for (const test of matrixPortSuite(makeTwoUsers)) it(test.name, test.run);
 */
export function matrixPortSuite(makeTwoUsers: () => Promise<TwoUsers>): readonly AcceptanceTest[] {
  const tests: Readonly<Record<string, Body>> = { ...roomTests, ...delayedEventTests, ...toDeviceTests, ...otherTests };
  return Object.entries(tests).map(([name, body]) => ({
    name,
    async run() {
      const users = await makeTwoUsers();
      const scope = new Scope();
      try {
        await body(users, scope);
      } finally {
        await scope.end();
        await users.end();
      }
    },
  }));
}

const roomTests: Readonly<Record<string, Body>> = {
  "shows the room with both users joined": async ({ alice, bob, roomId }, scope) => {
    const view = await viewed(scope, alice.watchRoom(roomId, scope), (room) => room.joined.has(bob.self.userId));
    assertEqual([view.roomId, view.joined.has(alice.self.userId)], [roomId, true]);
  },
  "shows nothing of a room that does not exist": async ({ alice }, scope) => {
    assertEqual(alice.watchRoom("!nowhere:hs.invalid" as RoomId, scope).get(), undefined);
  },
  "delivers a membership with sender, time and content to everybody": async (users, scope) => {
    const { alice, bob, roomId } = users;
    const eventId = await sendMembership(users, { application: "m.call", nested: { list: [1, "two", null] } });
    for (const port of [alice, bob]) {
      const event = await memberEvent(scope, port.watchRoom(roomId, scope), eventId);
      assertEqual([event.sender, event.stateKey, event.type], [alice.self.userId, keyOf(alice), LEGACY_MEMBER_TYPE]);
      assertEqual(event.content, { application: "m.call", nested: { list: [1, "two", null] } });
      assertEqual(Number.isFinite(event.originServerTsMs), true);
    }
  },
  "replaces a membership by the next one with the same key": async (users, scope) => {
    const { bob, roomId } = users;
    await sendMembership(users, { application: "m.call", round: 1 });
    const second = await sendMembership(users, {});
    const room = bob.watchRoom(roomId, scope);
    await memberEvent(scope, room, second);
    const own = room.get()?.callMembers.filter((event) => event.stateKey === keyOf(users.alice));
    assertEqual(
      own?.map((event) => event.content),
      [{}],
    );
  },
  "refuses state under somebody else's name": async ({ alice, bob, roomId }) => {
    const sending = alice.sendState(roomId, LEGACY_MEMBER_TYPE, bob.self.userId, {});
    assertEqual(await codeOf(sending), "forbidden");
  },
  "refuses state in a room that it is not in": async ({ alice }) => {
    const code = await codeOf(alice.sendState("!nowhere:hs.invalid" as RoomId, LEGACY_MEMBER_TYPE, "x", {}));
    assertEqual(code === "forbidden" || code === "not_found", true);
  },
};

const delayedEventTests: Readonly<Record<string, Body>> = {
  "says that the homeserver has delayed events": async ({ alice }) => {
    assertEqual((await alice.readFeatures()).delayedEvents, true);
  },
  "fires a scheduled event in time and not before": async (users, scope) => {
    const { alice, bob, roomId, pass } = users;
    await sendMembership(users, { application: "m.call" });
    await alice.scheduleState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), {}, DELAY_MS);
    const room = bob.watchRoom(roomId, scope);
    await viewed(scope, room, (view) => contentOf(view, alice) === '{"application":"m.call"}');
    await pass(DELAY_MS + 200);
    await viewed(scope, room, (view) => contentOf(view, alice) === "{}");
  },
  "puts off a scheduled event that is restarted": async (users, scope) => {
    const { alice, roomId, pass } = users;
    await sendMembership(users, { application: "m.call" });
    const delayId = await alice.scheduleState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), {}, DELAY_MS);
    await pass(DELAY_MS / 2);
    await alice.restartDelayed(delayId);
    await pass((DELAY_MS * 3) / 4);
    const view = await viewed(scope, alice.watchRoom(roomId, scope), () => true);
    assertEqual(contentOf(view, alice), '{"application":"m.call"}');
    await alice.cancelDelayed(delayId);
  },
  "sends a scheduled event now": async (users, scope) => {
    const { alice, bob, roomId } = users;
    await sendMembership(users, { application: "m.call" });
    const delayId = await alice.scheduleState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), {}, 60_000);
    await alice.sendDelayedNow(delayId);
    await viewed(scope, bob.watchRoom(roomId, scope), (view) => contentOf(view, alice) === "{}");
  },
  "knows a delayed event no more once it is cancelled": async ({ alice, roomId }) => {
    const delayId = await alice.scheduleState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), {}, 60_000);
    await alice.cancelDelayed(delayId);
    assertEqual(await codeOf(alice.restartDelayed(delayId)), "not_found");
  },
  "does not cancel a delayed event when its owner sends state": async (users) => {
    const { alice, roomId } = users;
    const delayId = await alice.scheduleState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), {}, 60_000);
    await sendMembership(users, { application: "m.call" });
    await alice.restartDelayed(delayId);
    await alice.cancelDelayed(delayId);
  },
};

const toDeviceTests: Readonly<Record<string, Body>> = {
  "delivers a to-device message with the device that encrypted it": async ({ alice, bob, pass }, scope) => {
    const received = recordEvents(scope, bob.toDeviceReceived);
    const outcomes = await alice.sendEncryptedToDevice(TYPE, [bob.self], { hello: "bob" });
    await passUntil(pass, () => received.length > 0);
    const [message] = received;
    assertEqual(
      outcomes.map((outcome) => outcome.result),
      ["sent"],
    );
    assertEqual([message?.type, message?.sender], [TYPE, alice.self.userId]);
    assertEqual(message?.encryptedBy?.deviceId, alice.self.deviceId);
    assertEqual(message?.content, { hello: "bob" });
  },
  "keeps to-device messages in order": async ({ alice, bob, pass }, scope) => {
    const received = recordEvents(scope, bob.toDeviceReceived);
    for (let serial = 0; serial < 5; serial++) await alice.sendEncryptedToDevice(TYPE, [bob.self], { serial });
    await passUntil(pass, () => received.length >= 5);
    assertEqual(
      received.map((message) => (message.content as { serial?: number }).serial),
      [0, 1, 2, 3, 4],
    );
  },
  "names a device that does not exist as unreachable and reaches the others": async ({ alice, bob }) => {
    const nobody = { ...bob.self, deviceId: "NOSUCHDEVICE" as typeof bob.self.deviceId };
    const outcomes = await alice.sendEncryptedToDevice(TYPE, [nobody, bob.self], {});
    assertEqual(
      outcomes.map((outcome) => outcome.result),
      ["unreachable", "sent"],
    );
  },
};

const otherTests: Readonly<Record<string, Body>> = {
  "gets an OpenID token": async ({ alice }) => {
    const token = await alice.requestOpenIdToken();
    assertEqual([token.access_token !== "", token.expires_in > 0], [true, true]);
  },
  "reads transports and well-known file as lists": async ({ alice }) => {
    assertEqual(
      [Array.isArray(await alice.readTransports()), Array.isArray(await alice.readWellKnownFoci())],
      [true, true],
    );
  },
  "says that it is syncing": async ({ alice }, scope) => {
    await until(scope, alice.isSyncing, (isSyncing) => isSyncing);
  },
};

function keyOf(port: MatrixPort): string {
  return legacyStateKey(port.self, ROOM_CALL_SLOT, "10");
}

function sendMembership({ alice, roomId }: TwoUsers, content: object): Promise<EventId> {
  return alice.sendState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), content);
}

async function viewed(
  scope: Scope,
  room: ReadonlySignal<RoomView | undefined>,
  accept: (view: RoomView) => boolean,
): Promise<RoomView> {
  return until(scope, room, (view): view is RoomView => view !== undefined && accept(view));
}

async function memberEvent(
  scope: Scope,
  room: ReadonlySignal<RoomView | undefined>,
  eventId: EventId,
): Promise<RawEvent> {
  const find = (view: RoomView): RawEvent | undefined => view.callMembers.find((event) => event.eventId === eventId);
  const event = find(await viewed(scope, room, (view) => find(view) !== undefined));
  if (!event) throw new Error(`No event ${eventId}`);
  return event;
}

function contentOf(view: RoomView, port: MatrixPort): string {
  return JSON.stringify(view.callMembers.find((event) => event.stateKey === keyOf(port))?.content);
}

const STEP_MS = 50;
const MAX_STEPS = 200;

async function passUntil(pass: TwoUsers["pass"], isReached: () => boolean): Promise<void> {
  for (let step = 0; step < MAX_STEPS && !isReached(); step++) await pass(STEP_MS);
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return typeof outcome === "object" && outcome !== null && "code" in outcome ? outcome.code : outcome;
}

function assertEqual(actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new Error(`Expected ${wanted}, got ${found}`);
}

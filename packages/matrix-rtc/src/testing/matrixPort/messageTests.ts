import { recordEvents } from "@conclave/kit/testing";

import { CALL_EVENTS } from "../../callEvents.ts";
import type { EventId, RoomId } from "../../ids.ts";
import type { MatrixPort, RawEvent } from "../../ports.ts";
import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual, codeOf, passUntil, viewed } from "./expectations.ts";
import { sendMembership } from "./memberships.ts";

/** Message events: encrypted as the room is, in order, related and redacted. */
export const messageTests: Tests = {
  "delivers a message event to everybody, and who encrypted it": async ({ alice, bob, roomId, pass }, scope) => {
    const room = await viewed(scope, alice.watchRoom(roomId, scope), () => true);
    const received = [alice, bob].map((port) => recordEvents(scope, port.watchEvents(roomId, scope)));
    const content = { emoji: "🎉", name: "party" };
    const eventId = await alice.sendEvent(roomId, CALL_EVENTS.reaction, content);
    for (const events of received) {
      await passUntil(pass, () => events.length > 0);
      const [event] = events;
      assertEqual(
        [events.length, event?.type, event?.eventId, event?.sender],
        [1, CALL_EVENTS.reaction, eventId, alice.self.userId],
      );
      assertEqual(event?.content, content);
      assertEqual(event?.encryptedBy, room.isEncrypted ? alice.self.deviceId : undefined);
    }
  },
  "keeps message events in order": async ({ alice, bob, roomId, pass }, scope) => {
    const received = recordEvents(scope, bob.watchEvents(roomId, scope));
    for (let serial = 0; serial < 5; serial++) await alice.sendEvent(roomId, CALL_EVENTS.reaction, { serial });
    await passUntil(pass, () => received.length >= 5);
    assertEqual(
      received.map((event) => (event.content as { serial?: number }).serial),
      [0, 1, 2, 3, 4],
    );
  },
  "relates a reaction in clear to its event until it is redacted": async (users, scope) => {
    const { alice, bob, roomId, pass } = users;
    const received = recordEvents(scope, bob.watchEvents(roomId, scope));
    const relation = { eventId: await sendMembership(users, { application: "m.call" }), relType: "m.annotation" };
    const hand = { "m.relates_to": { rel_type: relation.relType, event_id: relation.eventId, key: "🖐️" } };
    const eventId = await alice.sendEvent(roomId, CALL_EVENTS.annotation, hand);
    await passUntil(pass, () => received.length > 0);
    assertEqual([received[0]?.content, received[0]?.encryptedBy], [hand, undefined]);
    const read = (): Promise<readonly RawEvent[]> =>
      bob.readRelations(roomId, { ...relation, type: CALL_EVENTS.annotation });
    assertEqual(
      (await read()).map((event) => [event.eventId, event.sender]),
      [[eventId, alice.self.userId]],
    );
    assertEqual(await recentIds(bob, roomId, [eventId]), [eventId]);
    await alice.redactEvent(roomId, eventId);
    await passUntil(pass, () => received.length > 1);
    assertEqual([received[1]?.type, received[1]?.redacts], [CALL_EVENTS.redaction, eventId]);
    assertEqual(await read(), []);
    assertEqual(await recentIds(bob, roomId, []), []);
  },
  "refuses a message in a room that it is not in": async ({ alice }) => {
    const code = await codeOf(alice.sendEvent("!nowhere:hs.invalid" as RoomId, CALL_EVENTS.annotation, {}));
    assertEqual(code === "forbidden" || code === "not_found", true);
  },
};

/** Reactions of the room; what is expected where only a host's part of the timeline could be asked. */
async function recentIds(port: MatrixPort, roomId: RoomId, expected: readonly EventId[]): Promise<readonly EventId[]> {
  const reading = port.readRecentEvents(roomId, CALL_EVENTS.annotation);
  if ((await codeOf(reading)) === "unsupported") return expected;
  return (await reading).events.map((event) => event.eventId);
}

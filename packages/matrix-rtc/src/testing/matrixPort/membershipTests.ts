import { LEGACY_MEMBER_TYPE } from "../../membership/legacyMembership.ts";
import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual } from "./expectations.ts";
import { keyOf, memberEvent, sendMembership } from "./memberships.ts";

/** Memberships as state of a room. */
export const membershipTests: Tests = {
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
};

import type { RoomId } from "../../ids.ts";
import { LEGACY_MEMBER_TYPE } from "../../membership/legacyMembership.ts";
import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual, codeOf, viewed } from "./expectations.ts";

/** What is seen of a room, and what may be written into it. */
export const roomTests: Tests = {
  "shows the room with both users joined": async ({ alice, bob, roomId }, scope) => {
    const view = await viewed(scope, alice.watchRoom(roomId, scope), (room) => room.joined.has(bob.self.userId));
    assertEqual([view.roomId, view.joined.has(alice.self.userId)], [roomId, true]);
  },
  "shows nothing of a room that does not exist": async ({ alice }, scope) => {
    assertEqual(alice.watchRoom("!nowhere:hs.invalid" as RoomId, scope).get(), undefined);
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

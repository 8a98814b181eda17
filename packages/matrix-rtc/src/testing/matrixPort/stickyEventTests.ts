import type { RoomView } from "../../ports.ts";
import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual, canonicalJson, viewed } from "./expectations.ts";

const DELAY_MS = 1_000;
const STICKY_MEMBER_TYPE = "org.matrix.msc4143.rtc.member";
const STICKY_MS = 3_600_000;

/** Sticky events: seen by who comes later, replaced by key, scheduled. */
export const stickyEventTests: Tests = {
  "shows a sticky member event, and the next one with its key in its place": async ({ alice, bob, roomId }, scope) => {
    const key = { msc4354_sticky_key: "round" };
    for (const round of [1, 2]) {
      const content = { ...key, slot_id: "m.call#ROOM", member: { id: "round", round } };
      const eventId = await alice.sendEvent(roomId, STICKY_MEMBER_TYPE, content, { stickyForMs: STICKY_MS });
      const view = await viewed(scope, bob.watchRoom(roomId, scope), ({ stickyMembers }) =>
        stickyMembers.some((event) => event.eventId === eventId),
      );
      assertEqual(
        view.stickyMembers.map(({ sender, content }) => ({ sender, content })),
        [{ sender: alice.self.userId, content }],
      );
    }
  },
  "fires a scheduled sticky event": async ({ alice, bob, roomId, pass }, scope) => {
    const [key, stickyForMs] = ["later", STICKY_MS];
    const left = { slot_id: "m.call#ROOM", msc4354_sticky_key: key };
    const joined = { ...left, member: { id: key } };
    await alice.sendEvent(roomId, STICKY_MEMBER_TYPE, joined, { stickyForMs });
    await alice.scheduleEvent(roomId, STICKY_MEMBER_TYPE, left, { delayMs: DELAY_MS, stickyForMs });
    const room = bob.watchRoom(roomId, scope);
    await viewed(scope, room, (view) => hasSticky(view, joined));
    await pass(DELAY_MS + 200);
    await viewed(scope, room, (view) => hasSticky(view, left));
  },
};

function hasSticky(view: RoomView, content: object): boolean {
  return view.stickyMembers.some((event) => canonicalJson(event.content) === canonicalJson(content));
}

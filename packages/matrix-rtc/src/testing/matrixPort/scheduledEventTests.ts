import { LEGACY_MEMBER_TYPE } from "../../membership/legacyMembership.ts";
import type { Tests } from "./AcceptanceTest.ts";
import { assertEqual, codeOf, viewed } from "./expectations.ts";
import { contentOf, keyOf, sendMembership } from "./memberships.ts";

const DELAY_MS = 1_000;

/** Events that the homeserver sends later: the dead man's switch. */
export const scheduledEventTests: Tests = {
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

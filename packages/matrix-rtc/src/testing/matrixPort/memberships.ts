import type { ReadonlySignal, Scope } from "@conclave/kit";

import type { EventId } from "../../ids.ts";
import { LEGACY_MEMBER_TYPE, legacyStateKey } from "../../membership/legacyMembership.ts";
import { ROOM_CALL_SLOT } from "../../model.ts";
import type { MatrixPort, RawEvent, RoomView } from "../../ports.ts";
import type { TwoUsers } from "./AcceptanceTest.ts";
import { viewed } from "./expectations.ts";

/** The state key of a user's membership. */
export function keyOf(port: MatrixPort): string {
  return legacyStateKey(port.self, ROOM_CALL_SLOT, "10");
}

/** As alice, in the form that is deployed. */
export function sendMembership({ alice, roomId }: TwoUsers, content: object): Promise<EventId> {
  return alice.sendState(roomId, LEGACY_MEMBER_TYPE, keyOf(alice), content);
}

/** Waits until the room shows a membership event. */
export async function memberEvent(
  scope: Scope,
  room: ReadonlySignal<RoomView | undefined>,
  eventId: EventId,
): Promise<RawEvent> {
  const find = (view: RoomView): RawEvent | undefined => view.callMembers.find((event) => event.eventId === eventId);
  const event = find(await viewed(scope, room, (view) => find(view) !== undefined));
  if (!event) throw new Error(`No event ${eventId}`);
  return event;
}

/** What the room shows of a user's membership, as JSON. */
export function contentOf(view: RoomView, port: MatrixPort): string {
  return JSON.stringify(view.callMembers.find((event) => event.stateKey === keyOf(port))?.content);
}

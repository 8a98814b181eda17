import type { Core } from "../Core.ts";
import { badJson, forbidden, invalidParam, MatrixError, notFound } from "../errors.ts";
import { MAX_ID_BYTES, newEventId } from "../ids.ts";
import { canonicalJson, findNonCanonical, textAt } from "../json.ts";
import { authorize } from "./authorize.ts";
import type { EventDraft, Membership, RoomEvent, StateReader } from "./model.ts";

/** @see Matrix specification, "Size limits" of events */
const MAX_EVENT_BYTES = 65_536;
/** What the fields around the content take at most. */
const ENVELOPE_BYTES = 1_024;
/** @see MSC4354: longer durations are cut to one hour */
const MAX_STICKY_MS = 3_600_000;

/**
 * Checks a draft against the room's rules and adds it: event, state, membership, and the wake-up of everybody
 * concerned once the transaction is committed.
 *
 * @returns the event; the present one if it is state that is already exactly so
 * @throws {MatrixError} `M_FORBIDDEN`, `M_NOT_FOUND` (no such room), `M_TOO_LARGE`, `M_BAD_JSON`
 */
export function appendEvent(core: Core, draft: EventDraft): RoomEvent {
  checkShape(draft);
  return core.db.write(() => {
    checkAllowed(core, draft);
    const before =
      draft.stateKey === undefined ? undefined : core.events.state(draft.roomId, draft.type, draft.stateKey);
    if (before && isSame(before, draft)) return before;
    return insertEvent(core, draft, before);
  });
}

/** @throws {MatrixError} if the sender may not add the draft to the room as it is now */
export function checkAllowed(core: Core, draft: EventDraft): void {
  if (!roomVersion(core, draft.roomId)) throw notFound("Unknown room");
  const refusal = authorize(draft, {
    state: stateReader(core, draft.roomId),
    isJoined: (roomId, userId) => core.members.membership(roomId, userId) === "join",
  });
  if (refusal !== undefined) throw forbidden(refusal);
}

/** Adds an event without asking: for the first events of a room and for what the server itself decides. */
export function insertEvent(core: Core, draft: EventDraft, before?: RoomEvent): RoomEvent {
  return core.db.write(() => {
    const nowMs = core.clock.nowMs();
    const stickyMs = draft.stickyMs === undefined ? undefined : Math.min(draft.stickyMs, MAX_STICKY_MS);
    const event: RoomEvent = {
      pos: core.db.nextPosition(),
      eventId: newEventId(core.random),
      roomId: draft.roomId,
      type: draft.type,
      stateKey: draft.stateKey,
      sender: draft.sender,
      originTsMs: nowMs,
      content: draft.content,
      prevPos: before?.pos,
      redacts: draft.redacts,
      redactedBy: undefined,
      stickyMs,
      stickyUntilMs: stickyMs === undefined ? undefined : nowMs + stickyMs,
      deviceId: draft.deviceId,
      txnId: draft.txnId,
      delayId: draft.delayId,
    };
    core.events.insert(event);
    if (event.type === "m.room.member" && event.stateKey !== undefined)
      core.members.set(event.roomId, event.stateKey, textAt(event.content, "membership") as Membership, event.pos);
    if (event.stateKey !== undefined) core.delayed.stateChanged(event);
    wakeRoom(core, event.roomId, event.stateKey);
    return event;
  });
}

/** Wakes everybody who sees the room, and the user whose membership an event is about. */
export function wakeRoom(core: Core, roomId: string, alsoUser?: string): void {
  core.db.afterCommit(() => {
    core.notifier.wake(core.members.users(roomId, "join"));
    if (alsoUser?.startsWith("@")) core.notifier.wake([alsoUser]);
  });
}

export function stateReader(core: Core, roomId: string): StateReader {
  return (type, stateKey) => core.events.state(roomId, type, stateKey);
}

/** The room's version, or `undefined` if there is no such room. */
export function roomVersion(core: Core, roomId: string): string | undefined {
  return core.db.get<{ version: string }>("SELECT version FROM rooms WHERE room_id = ?", roomId)?.version;
}

/** @throws {MatrixError} if the event could not exist in any room */
export function checkShape(draft: Pick<EventDraft, "type" | "stateKey" | "content">): void {
  if (draft.type === "") throw invalidParam("The event type is empty");
  if (Buffer.byteLength(draft.type) > MAX_ID_BYTES || Buffer.byteLength(draft.stateKey ?? "") > MAX_ID_BYTES)
    throw new MatrixError(413, "M_TOO_LARGE", "Event types and state keys have at most 255 bytes");
  const fault = findNonCanonical(draft.content);
  if (fault !== undefined) throw badJson(`${fault} is not canonical JSON`);
  if (Buffer.byteLength(JSON.stringify(draft.content)) > MAX_EVENT_BYTES - ENVELOPE_BYTES)
    throw new MatrixError(413, "M_TOO_LARGE", "The event is too large");
}

function isSame(before: RoomEvent, draft: EventDraft): boolean {
  return (
    before.sender === draft.sender &&
    before.redactedBy === undefined &&
    canonicalJson(before.content) === canonicalJson(draft.content)
  );
}

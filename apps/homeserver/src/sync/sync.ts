import type { Core } from "../Core.ts";
import { isObject } from "../json.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";
import type { Session } from "../store/AccountStore.ts";
import type { RoomMembership } from "../store/MemberStore.ts";
import { deviceListChanges } from "./deviceLists.ts";
import { passesType, wantsRoom, type SyncFilter } from "./filter.ts";
import { roomEntry } from "./joinedRoom.ts";
import { strippedState } from "./strippedState.ts";
import type { SyncRequest } from "./SyncRequest.ts";
import { BEGINNING, formatSyncToken, parseSyncToken, type SyncPosition } from "./syncToken.ts";

/** To-device messages of one answer (more only if one request sent more to the device). */
const MAX_TO_DEVICE = 500;
/** News that can wait (what the account has sent itself) waits so long for other news, which then comes without a further round. */
export const PATIENCE_MS = 100;
/** Sticky events of one answer, as MSC4354 suggests. */
const MAX_STICKY = 100;

export interface SyncOptions {
  readonly session: Session;
  readonly since: string | undefined;
  readonly timeoutMs: number;
  readonly filter: SyncFilter;
  readonly fullState: boolean;
  readonly stateAfter: "stable" | "unstable" | undefined;
  readonly signal: AbortSignal;
  /** Throws once the session has ended: a request that waits must not tell it anything more. */
  readonly checkSession: () => void;
}

/**
 * Answers `/sync`: at once if there is something to tell, else as soon as there is, or empty after the timeout. Echoes of
 * what the account sent itself wait a moment for company: a client that joins a call would else be on its way to ask again
 * when the others' keys arrive.
 */
export async function sync(core: Core, options: SyncOptions): Promise<ClientEvent> {
  const { session } = options;
  const since = options.since === undefined ? BEGINNING : parseSyncToken(options.since);
  if (options.since !== undefined) core.toDevice.acknowledge(session, since.toDevice);
  const timeoutMs = Math.min(options.timeoutMs, core.config.limits.maxSyncTimeoutMs);
  let deadlineMs = core.clock.monotonicMs() + timeoutMs;
  for (;;) {
    const round = answer(core, options, since);
    if (round.news === "can_wait") deadlineMs = Math.min(deadlineMs, core.clock.monotonicMs() + PATIENCE_MS);
    const leftMs = deadlineMs - core.clock.monotonicMs();
    const mustAnswer = options.since === undefined || options.fullState || leftMs <= 0 || options.signal.aborted;
    if (round.news === "urgent" || mustAnswer) return round.body;
    await core.notifier.wait(session.userId, leftMs, options.signal);
    if (core.notifier.isClosed) return round.body;
    options.checkSession();
  }
}

interface Round {
  readonly body: ClientEvent;
  readonly news: "urgent" | "can_wait" | "none";
}

function answer(core: Core, options: SyncOptions, since: SyncPosition): Round {
  const { session, filter } = options;
  const upTo = core.db.position;
  const toDevice = core.toDevice.pending(session, since.toDevice, MAX_TO_DEVICE);
  const accountData = core.accountData.changedSince(session.userId, since.stream);
  const request: SyncRequest = {
    viewer: session,
    since,
    upTo,
    stickyUpTo: stickyPage(core, session.userId, since.sticky) ?? upTo,
    filter,
    fullState: options.fullState,
    stateAfter: options.stateAfter,
    accountData,
  };
  const rooms = readRooms(core, request);
  const lists =
    options.since === undefined ? { changed: [], left: [] } : deviceListChanges(core, session.userId, since.stream);
  const globalData = (accountData.get("") ?? []).filter((entry) => passesType(filter.account_data, entry.type));
  const urgent = [rooms.urgent, toDevice.length, lists.changed.length, lists.left.length, globalData.length];
  const hasOther = rooms.echoes > 0 || core.keys.isClaimedSince(session, since.stream);
  const lastToDevice = toDevice.length >= MAX_TO_DEVICE ? toDevice.at(-1)?.pos : undefined;
  const next = { stream: upTo, toDevice: lastToDevice ?? upTo, sticky: request.stickyUpTo };
  const keys = {
    device_one_time_keys_count: core.keys.counts(session),
    device_unused_fallback_key_types: core.keys.unusedFallbacks(session),
  };
  return {
    news: urgent.some((count) => count > 0) ? "urgent" : hasOther ? "can_wait" : "none",
    body: {
      next_batch: formatSyncToken(next),
      rooms: rooms.sections,
      to_device: { events: toDevice.map(({ sender, type, content }) => ({ sender, type, content })) },
      device_lists: lists,
      ...keys,
      // The names that MSC2732 gave it; clients of that time read nothing else.
      "org.matrix.msc2732.device_unused_fallback_key_types": keys.device_unused_fallback_key_types,
      account_data: { events: globalData },
      presence: { events: [] },
    },
  };
}

/** The position of the last sticky event of this page, or `undefined` if all fit. */
function stickyPage(core: Core, userId: string, afterPos: number): number | undefined {
  return core.db.get<{ pos: number }>(
    `SELECT e.pos FROM members m JOIN events e INDEXED BY events_sticky ON e.room_id = m.room_id
     WHERE m.user_id = ? AND m.membership = 'join' AND e.pos > ? AND e.sticky_until > ?
     ORDER BY e.pos LIMIT 1 OFFSET ?`,
    userId,
    afterPos,
    core.clock.nowMs(),
    MAX_STICKY - 1,
  )?.pos;
}

interface Rooms {
  readonly sections: Record<"join" | "invite" | "leave" | "knock", Record<string, ClientEvent>>;
  readonly urgent: number;
  /** Rooms with nothing but what the viewer has sent. */
  readonly echoes: number;
}

interface RoomSection {
  readonly section: keyof Rooms["sections"];
  readonly entry: ClientEvent;
}

function readRooms(core: Core, request: SyncRequest): Rooms {
  const sections: Rooms["sections"] = { join: {}, invite: {}, leave: {}, knock: {} };
  let [urgent, echoes] = [0, 0];
  for (const room of core.members.roomsOf(request.viewer.userId)) {
    if (!wantsRoom(request.filter.room, room.roomId)) continue;
    const found = readRoom(core, request, room);
    if (!found) continue;
    sections[found.section][room.roomId] = found.entry;
    if (isEcho(request, room, found)) echoes += 1;
    else urgent += 1;
  }
  return { sections, urgent, echoes };
}

function isEcho({ accountData, since, viewer }: SyncRequest, room: RoomMembership, found: RoomSection): boolean {
  if (found.section !== "join" || room.pos > since.stream || accountData.has(room.roomId)) return false;
  const events = eventsOf(found.entry);
  return events.length > 0 && events.every((event) => event["sender"] === viewer.userId);
}

/** All events of a room's entry, ephemeral ones (which have no sender) included. */
function eventsOf(entry: ClientEvent): readonly ClientEvent[] {
  return Object.values(entry).flatMap((part) => {
    const events = isObject(part) ? part["events"] : undefined;
    return Array.isArray(events) ? (events as ClientEvent[]) : [];
  });
}

function readRoom(core: Core, request: SyncRequest, room: RoomMembership): RoomSection | undefined {
  const isChanged = room.pos > request.since.stream;
  if (room.membership === "join") {
    const isQuiet = room.lastPos <= request.since.sticky && room.lastPos <= request.since.stream;
    if (isQuiet && !request.fullState && !request.accountData.has(room.roomId)) return undefined;
    const entry = roomEntry(core, request, room);
    return entry && { section: "join", entry };
  }
  if (room.membership === "invite" || room.membership === "knock") {
    if (!isChanged) return undefined;
    const state = { events: strippedState(core, room.roomId, request.viewer.userId) };
    return { section: room.membership, entry: { [`${room.membership}_state`]: state } };
  }
  const isWanted = request.since.stream === 0 ? request.filter.room?.include_leave === true : isChanged;
  return isWanted ? { section: "leave", entry: roomEntry(core, request, room) ?? {} } : undefined;
}

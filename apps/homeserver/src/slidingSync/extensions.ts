import type { Core } from "../Core.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";
import type { Session } from "../store/AccountStore.ts";
import { deviceListChanges } from "../sync/deviceLists.ts";
import { receiptsBetween } from "../sync/ephemeral.ts";
import type { SlidingRound } from "./roomAnswer.ts";
import { roomsInScope, type RoomWindow } from "./roomWindow.ts";
import type { ConnectionState } from "./SlidingConnections.ts";
import type { ExtensionScope, SlidingBody } from "./slidingRequest.ts";

/** What one extension adds to an answer. */
export interface ExtensionAnswer {
  readonly body: ClientEvent;
  /** False: worth telling beside something else, but nothing to wake a client for. */
  readonly isNews: boolean;
}

export interface ExtensionInput {
  readonly session: Session;
  readonly round: SlidingRound;
  readonly window: RoomWindow;
  /** What the client knows already. */
  readonly state: ConnectionState;
  readonly asked: SlidingBody["extensions"];
}

type Extension = (core: Core, input: ExtensionInput) => ExtensionAnswer | undefined;

/** Extensions that need nothing but the stores. Sticky events have a file of their own. */
export const EXTENSIONS: Readonly<Record<string, Extension>> = {
  to_device: toDevice,
  e2ee,
  account_data: accountData,
  receipts,
  typing,
};

/** @see MSC3885; the token is the place up to which messages may be forgotten once it comes back as `since` */
function toDevice(core: Core, { session, round, asked }: ExtensionInput): ExtensionAnswer | undefined {
  const wish = asked.to_device;
  if (!wish?.enabled) return undefined;
  const pending = core.toDevice.pending(session, wish.since ?? 0, wish.limit);
  const last = pending.length >= wish.limit ? pending.at(-1)?.pos : undefined;
  const events = pending.map(({ sender, type, content }) => ({ sender, type, content }));
  const next = Math.max(last ?? round.upTo, wish.since ?? 0);
  return { body: { next_batch: String(next), events }, isNews: events.length > 0 };
}

/** @see MSC3884 */
function e2ee(core: Core, { session, round, asked }: ExtensionInput): ExtensionAnswer | undefined {
  if (!asked.e2ee?.enabled) return undefined;
  const { since } = round;
  const lists = since === undefined ? undefined : deviceListChanges(core, session.userId, since);
  const body = {
    device_one_time_keys_count: core.keys.counts(session),
    device_unused_fallback_key_types: core.keys.unusedFallbacks(session),
    ...(lists && { device_lists: lists }),
  };
  return { body, isNews: lists !== undefined && lists.changed.length + lists.left.length > 0 };
}

/** @see MSC3959 */
function accountData(core: Core, input: ExtensionInput): ExtensionAnswer | undefined {
  const wish = input.asked.account_data;
  if (!wish?.enabled) return undefined;
  const { session, round } = input;
  const scope = joinedInScope(input, wish);
  // A room that was out of the window may have older news than the rest.
  const oldest = Math.min(round.since ?? 0, ...scope.values());
  const changed = core.accountData.changedSince(session.userId, round.since ?? 0);
  const older = oldest < (round.since ?? 0) ? core.accountData.changedSince(session.userId, oldest) : changed;
  const rooms = Object.fromEntries(
    [...scope.keys()].map((roomId) => [roomId, older.get(roomId)]).filter(([, entries]) => entries !== undefined),
  ) as Record<string, unknown>;
  const global = changed.get("") ?? [];
  return { body: { global, rooms }, isNews: global.length + Object.keys(rooms).length > 0 };
}

/** @see MSC3960 */
function receipts(core: Core, input: ExtensionInput): ExtensionAnswer | undefined {
  const wish = input.asked.receipts;
  if (!wish?.enabled) return undefined;
  const { session, round } = input;
  const rooms = perRoom(joinedInScope(input, wish), (roomId, afterPos) =>
    receiptsBetween(core, roomId, session.userId, { afterPos, upToPos: round.upTo }),
  );
  return { body: { rooms }, isNews: Object.keys(rooms).length > 0 };
}

/** @see MSC3961 */
function typing(core: Core, input: ExtensionInput): ExtensionAnswer | undefined {
  const wish = input.asked.typing;
  if (!wish?.enabled) return undefined;
  const rooms = perRoom(joinedInScope(input, wish), (roomId, afterPos) => {
    const users = core.typing.changedSince(roomId, afterPos);
    if (!users || (afterPos === 0 && users.length === 0)) return undefined;
    return { type: "m.typing", content: { user_ids: users } };
  });
  return { body: { rooms }, isNews: Object.keys(rooms).length > 0 };
}

/** Joined rooms that an extension is about, with the position up to which the client knows them; 0 if it does not. */
function joinedInScope({ window, state }: ExtensionInput, scope: ExtensionScope): ReadonlyMap<string, number> {
  const joined = [...roomsInScope(window, scope)].filter(
    (roomId) => window.rooms.get(roomId)?.room.membership === "join",
  );
  return new Map(joined.map((roomId) => [roomId, state.rooms.get(roomId)?.sentUpTo ?? 0]));
}

function perRoom(
  scope: ReadonlyMap<string, number>,
  read: (roomId: string, afterPos: number) => ClientEvent | undefined,
): Record<string, ClientEvent> {
  const found: Record<string, ClientEvent> = {};
  for (const [roomId, afterPos] of scope) {
    const event = read(roomId, afterPos);
    if (event) found[roomId] = event;
  }
  return found;
}

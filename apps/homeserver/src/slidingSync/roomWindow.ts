import type { Core } from "../Core.ts";
import type { ClientEvent } from "../rooms/clientEvent.ts";
import { RequiredState } from "./RequiredState.ts";
import { roomFilter } from "./roomFilter.ts";
import type { ConnectionState } from "./SlidingConnections.ts";
import type { ExtensionScope, SlidingBody } from "./slidingRequest.ts";
import { userRoom, userRooms, type UserRoom } from "./userRooms.ts";

/** How much of a room a client wants. */
export interface RoomConfig {
  readonly timelineLimit: number;
  readonly requiredState: RequiredState;
}

/** The rooms that one request is about. */
export interface RoomWindow {
  /** `lists` of the answer. */
  readonly lists: Readonly<Record<string, ClientEvent>>;
  readonly rooms: ReadonlyMap<string, { readonly room: UserRoom; readonly config: RoomConfig }>;
  /** Joined rooms that a list matches, inside its ranges or not, or that are asked for by name. */
  readonly interesting: ReadonlySet<string>;
  readonly byList: ReadonlyMap<string, ReadonlySet<string>>;
  readonly subscribed: ReadonlySet<string>;
}

/** Finds the rooms that the lists and subscriptions of a request match. @see MSC4186, "Lists and subscriptions" */
export function roomWindow(core: Core, userId: string, body: SlidingBody, state: ConnectionState): RoomWindow {
  const lists = Object.entries(body.lists);
  const all = lists.length > 0 ? userRooms(core, userId, state) : namedRooms(core, userId, body, state);
  const byId = new Map(all.map((room) => [room.roomId, room]));
  const found = new WindowBuilder(userId, byId);
  for (const [key, list] of lists) {
    const matching = list.filters ? all.filter(roomFilter(core, userId, list.filters)) : all;
    found.addList(key, matching, list);
  }
  for (const [roomId, config] of Object.entries(body.room_subscriptions)) found.subscribe(roomId, config);
  return found;
}

function namedRooms(core: Core, userId: string, body: SlidingBody, state: ConnectionState): UserRoom[] {
  return Object.keys(body.room_subscriptions)
    .map((roomId) => userRoom(core, userId, roomId, state))
    .filter((room) => room !== undefined);
}

/** Rooms of the answer that an extension applies to. @see MSC3959 and its siblings: `lists` and `rooms` */
export function roomsInScope(window: RoomWindow, scope: ExtensionScope): ReadonlySet<string> {
  const { byList, subscribed } = window;
  const lists = scope.lists.includes("*") ? [...byList.keys()] : scope.lists;
  const rooms = scope.rooms.includes("*") ? subscribed : scope.rooms.filter((roomId) => subscribed.has(roomId));
  return new Set([...lists.flatMap((key) => [...(byList.get(key) ?? [])]), ...rooms]);
}

type AskedConfig = Pick<SlidingBody["room_subscriptions"][string], "required_state" | "timeline_limit">;

class WindowBuilder implements RoomWindow {
  readonly lists: Record<string, ClientEvent> = {};
  readonly rooms = new Map<string, { room: UserRoom; config: RoomConfig }>();
  readonly interesting = new Set<string>();
  readonly byList = new Map<string, ReadonlySet<string>>();
  readonly subscribed = new Set<string>();
  readonly #userId: string;
  readonly #known: ReadonlyMap<string, UserRoom>;

  constructor(userId: string, known: ReadonlyMap<string, UserRoom>) {
    this.#userId = userId;
    this.#known = known;
  }

  addList(key: string, matching: readonly UserRoom[], list: SlidingBody["lists"][string]): void {
    const ranges = list.ranges ?? [[0, Math.max(0, matching.length - 1)] as const];
    const config = this.#read(list);
    const inside = new Set<string>();
    const ops = ranges.map(([from, to]) => {
      const roomIds = matching.slice(from, to + 1).map(({ roomId }) => roomId);
      for (const roomId of roomIds) {
        inside.add(roomId);
        this.#want(roomId, config);
      }
      return { op: "SYNC", range: [from, to], room_ids: roomIds };
    });
    for (const { roomId, membership } of matching) if (membership === "join") this.interesting.add(roomId);
    this.byList.set(key, inside);
    this.lists[key] = { count: matching.length, ops };
  }

  subscribe(roomId: string, asked: AskedConfig): void {
    const room = this.#known.get(roomId);
    // Whoever is not in a room learns nothing of it, not even that there is one.
    if (!room) return;
    this.subscribed.add(roomId);
    this.#want(roomId, this.#read(asked));
    if (room.membership === "join") this.interesting.add(roomId);
  }

  #read(asked: AskedConfig): RoomConfig {
    return {
      timelineLimit: asked.timeline_limit,
      requiredState: new RequiredState(asked.required_state, this.#userId),
    };
  }

  /** Where several rules match a room, it is told as much as all of them together ask for. */
  #want(roomId: string, config: RoomConfig): void {
    const room = this.#known.get(roomId);
    const before = this.rooms.get(roomId);
    if (!room) return;
    this.rooms.set(roomId, {
      room,
      config: before
        ? {
            timelineLimit: Math.max(before.config.timelineLimit, config.timelineLimit),
            requiredState: RequiredState.union(before.config.requiredState, config.requiredState),
          }
        : config,
    });
  }
}

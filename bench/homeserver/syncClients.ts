import type { MatrixUser } from "../MatrixUser.ts";

export const CALL_MEMBER = "org.matrix.msc3401.call.member";
const SLIDING = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
const STICKY = "org.matrix.msc4354.sticky_events";
const LONG_POLL_MS = 30_000;
const TIMELINE_LIMIT = 20;
const STATE_TYPES = [
  "m.room.create",
  "m.room.encryption",
  "m.room.member",
  "m.room.name",
  "m.room.power_levels",
  CALL_MEMBER,
  "org.matrix.msc4143.rtc.slot",
];
const MESSAGE_TYPES = ["org.matrix.msc4143.rtc.member", "m.room.encrypted", "m.reaction", "m.room.redaction"];
const NOTHING = { not_types: ["*"] };
const FILTER = JSON.stringify({
  presence: NOTHING,
  account_data: NOTHING,
  room: {
    account_data: NOTHING,
    ephemeral: NOTHING,
    state: { types: STATE_TYPES },
    timeline: { limit: TIMELINE_LIMIT, types: [...STATE_TYPES, ...MESSAGE_TYPES] },
  },
});
const ROOM_CONFIG = { required_state: STATE_TYPES.map((type) => [type, "*"]), timeline_limit: TIMELINE_LIMIT };

export type Way = "sliding" | "filtered";

/** What both ways say of a room and of messages to the device. */
interface News {
  readonly toDevice: number;
  /** State keys of memberships of calls. */
  readonly memberKeys: readonly string[];
}

/** A client that asks for news as ours does. */
export interface SyncClient {
  /** Asks once; the first time it gets what is there. */
  next(): Promise<News>;
}

export function syncClient(way: Way, user: MatrixUser, roomId: string): SyncClient {
  return way === "sliding" ? slidingClient(user, roomId) : filteredClient(user, roomId);
}

function filteredClient(user: MatrixUser, roomId: string): SyncClient {
  let since: string | undefined;
  return {
    async next() {
      const query = new URLSearchParams({
        filter: FILTER,
        timeout: String(since === undefined ? 0 : LONG_POLL_MS),
        set_presence: "offline",
        use_state_after: "true",
        ...(since === undefined ? {} : { since }),
      });
      const answer = (await user.ask("GET", `/sync?${query.toString()}`)) as unknown as FilteredAnswer;
      since = answer.next_batch;
      return newsOf(answer.to_device.events, answer.rooms.join[roomId]?.state_after.events ?? []);
    },
  };
}

function slidingClient(user: MatrixUser, roomId: string): SyncClient {
  let pos: string | undefined;
  let toDeviceSince: string | undefined;
  return {
    async next() {
      const query = new URLSearchParams({
        timeout: String(pos === undefined ? 0 : LONG_POLL_MS),
        set_presence: "offline",
        ...(pos === undefined ? {} : { pos }),
      });
      const answer = (await user.ask("POST", `${SLIDING}?${query.toString()}`, {
        room_subscriptions: { [roomId]: ROOM_CONFIG },
        extensions: {
          to_device: { enabled: true, limit: 100, ...(toDeviceSince === undefined ? {} : { since: toDeviceSince }) },
          e2ee: { enabled: true },
          [STICKY]: { enabled: true },
        },
      })) as unknown as SlidingAnswer;
      pos = answer.pos;
      toDeviceSince = answer.extensions.to_device.next_batch;
      return newsOf(answer.extensions.to_device.events, answer.rooms[roomId]?.required_state ?? []);
    },
  };
}

interface StateEvent {
  readonly type: string;
  readonly state_key: string;
}

interface FilteredAnswer {
  readonly next_batch: string;
  readonly to_device: { readonly events: readonly unknown[] };
  readonly rooms: { readonly join: Readonly<Record<string, { state_after: { events: readonly StateEvent[] } }>> };
}

interface SlidingAnswer {
  readonly pos: string;
  readonly rooms: Readonly<Record<string, { required_state?: readonly StateEvent[] }>>;
  readonly extensions: { readonly to_device: { readonly next_batch: string; readonly events: readonly unknown[] } };
}

function newsOf(toDevice: readonly unknown[], state: readonly StateEvent[]): News {
  const memberKeys = state.filter(({ type }) => type === CALL_MEMBER).map((event) => event.state_key);
  return { toDevice: toDevice.length, memberKeys };
}

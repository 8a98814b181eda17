import type { RoomId } from "@conclave/matrix-rtc";

import { STATE_TYPES } from "../syncFilter.ts";

export const STICKY_EVENTS = "org.matrix.msc4354.sticky_events";

const TIMELINE_LIMIT = 20;
const TO_DEVICE_LIMIT = 100;
const EVERY_KEY = "*";

/** How much of a room a call needs: the state of its view with every key, and what is said. */
const ROOM_CONFIG = {
  required_state: STATE_TYPES.map((type) => [type, EVERY_KEY]),
  timeline_limit: TIMELINE_LIMIT,
};

export interface SlidingQuestion {
  readonly rooms: readonly RoomId[];
  /** Also the one room with the latest activity, whichever it is. */
  readonly wantsAnyRoom: boolean;
  readonly toDeviceSince: string | undefined;
  readonly stickySince: string | undefined;
}

/** The body of a request. It is not remembered by the server: each request says everything. @see MSC4186 */
export function slidingRequest({ rooms, wantsAnyRoom, toDeviceSince, stickySince }: SlidingQuestion): object {
  return {
    ...(wantsAnyRoom ? { lists: { any: { ...ROOM_CONFIG, ranges: [[0, 0]] } } } : {}),
    ...(rooms.length === 0
      ? {}
      : { room_subscriptions: Object.fromEntries(rooms.map((roomId) => [roomId, ROOM_CONFIG])) }),
    extensions: {
      to_device: { enabled: true, limit: TO_DEVICE_LIMIT, ...sinceOf(toDeviceSince) },
      e2ee: { enabled: true },
      [STICKY_EVENTS]: { enabled: true, ...sinceOf(stickySince) },
    },
  };
}

function sinceOf(since: string | undefined): { readonly since?: string } {
  return since === undefined ? {} : { since };
}

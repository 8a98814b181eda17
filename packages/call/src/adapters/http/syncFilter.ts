import { CALL_EVENT_TYPES } from "@conclave/matrix-rtc";

/** Names of events as the wire has them; nothing else of a room reaches this adapter. */
export const EVENT_TYPES = {
  create: "m.room.create",
  encryption: "m.room.encryption",
  member: "m.room.member",
  name: "m.room.name",
  powerLevels: "m.room.power_levels",
  redaction: "m.room.redaction",
  encrypted: "m.room.encrypted",
  /** Layer A, state. */
  callMember: "org.matrix.msc3401.call.member",
  /** Layer B, sticky. */
  rtcMember: "org.matrix.msc4143.rtc.member",
  slot: "org.matrix.msc4143.rtc.slot",
} as const;

/** State that a room view is made of, or that decides who may change it. */
export const STATE_TYPES: readonly string[] = [
  EVENT_TYPES.create,
  EVENT_TYPES.encryption,
  EVENT_TYPES.member,
  EVENT_TYPES.name,
  EVENT_TYPES.powerLevels,
  EVENT_TYPES.callMember,
  EVENT_TYPES.slot,
];

const TIMELINE_LIMIT = 20;
const NOTHING = { not_types: ["*"] };

/**
 * The filter of `/sync`, inline: only what a call needs, so that chatty rooms cost little. `m.room.encrypted` stays
 * in because memberships and messages of calls arrive as such in encrypted rooms.
 *
 * @see Client-Server API, "Filtering"
 */
export const SYNC_FILTER: string = JSON.stringify({
  presence: NOTHING,
  account_data: NOTHING,
  room: {
    account_data: NOTHING,
    ephemeral: NOTHING,
    state: { types: STATE_TYPES },
    timeline: {
      limit: TIMELINE_LIMIT,
      types: [...STATE_TYPES, EVENT_TYPES.rtcMember, EVENT_TYPES.encrypted, ...CALL_EVENT_TYPES],
    },
  },
});

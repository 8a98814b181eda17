import { CALL_EVENTS, type MatrixSelf, type RoomId } from "@conclave/matrix-rtc";

import { EVENT_TYPES } from "../http/syncFilter.ts";

/** Names of capabilities as the wire has them. @see matrixrtc.md 13.3 */
export const CAPABILITIES = {
  alwaysOnScreen: "m.always_on_screen",
  sendDelayed: "org.matrix.msc4157.send.delayed_event",
  updateDelayed: "org.matrix.msc4157.update_delayed_event",
  sendSticky: "org.matrix.msc4407.send.sticky_event",
  receiveSticky: "org.matrix.msc4407.receive.sticky_event",
  rtcTransports: "org.matrix.msc4515.rtc_transports",
} as const;

const KEY_MESSAGES = "io.element.call.encryption_keys";
export const RECEIVED_STATE: readonly string[] = [
  EVENT_TYPES.create,
  EVENT_TYPES.name,
  EVENT_TYPES.member,
  EVENT_TYPES.encryption,
  EVENT_TYPES.callMember,
];
/** Of notifications the host takes care: it rings. */
const SHARED_EVENTS = [
  CALL_EVENTS.annotation,
  CALL_EVENTS.redaction,
  CALL_EVENTS.reaction,
  CALL_EVENTS.decline,
  EVENT_TYPES.rtcMember,
] as const;

/** What a call asks its host for: no more than Element Call does, so that hosts which allow that allow us. */
export function callCapabilities(self: MatrixSelf, roomId: RoomId): readonly string[] {
  const { userId, deviceId } = self;
  const keys = [userId, `_${userId}_${deviceId}_m.call`, `${userId}_${deviceId}_m.call`];
  return [
    CAPABILITIES.alwaysOnScreen,
    `org.matrix.msc2762.timeline:${roomId}`,
    sendEvent(CALL_EVENTS.notification),
    ...SHARED_EVENTS.flatMap((type) => [sendEvent(type), `org.matrix.msc2762.receive.event:${escaped(type)}`]),
    ...keys.map((key) => sendState(EVENT_TYPES.callMember, key)),
    ...RECEIVED_STATE.map(receiveState),
    sendToDevice(KEY_MESSAGES),
    `org.matrix.msc3819.receive.to_device:${KEY_MESSAGES}`,
    CAPABILITIES.sendDelayed,
    CAPABILITIES.updateDelayed,
    CAPABILITIES.sendSticky,
    CAPABILITIES.receiveSticky,
    CAPABILITIES.rtcTransports,
  ];
}

export function sendEvent(type: string): string {
  return `org.matrix.msc2762.send.event:${escaped(type)}`;
}

export function sendState(type: string, stateKey: string): string {
  return `org.matrix.msc2762.send.state_event:${escaped(type)}#${stateKey}`;
}

export function receiveState(type: string): string {
  return `org.matrix.msc2762.receive.state_event:${escaped(type)}`;
}

export function sendToDevice(type: string): string {
  return `org.matrix.msc3819.send.to_device:${type}`;
}

/** A bare `#` begins the state key. */
function escaped(type: string): string {
  return type.replaceAll("#", "\\#");
}

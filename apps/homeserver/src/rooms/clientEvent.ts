import type { Core } from "../Core.ts";
import type { RoomEvent } from "./model.ts";

/** Who looks at an event: transaction and delay ids are shown to the device that made them only. */
export interface Viewer {
  readonly userId: string;
  readonly deviceId: string;
}

export type ClientEvent = Record<string, unknown>;

/** Formats an event as `/sync` has it, without room id. Times to live are computed now. */
export function syncEvent(core: Core, event: RoomEvent, viewer: Viewer): ClientEvent {
  return {
    type: event.type,
    event_id: event.eventId,
    sender: event.sender,
    origin_server_ts: event.originTsMs,
    content: event.content,
    ...(event.stateKey !== undefined && { state_key: event.stateKey }),
    ...(event.redacts !== undefined && { redacts: event.redacts }),
    ...(event.stickyMs !== undefined && { msc4354_sticky: { duration_ms: event.stickyMs } }),
    unsigned: unsignedOf(core, event, viewer),
  };
}

/** Formats an event as all endpoints but `/sync` have it. */
export function clientEvent(core: Core, event: RoomEvent, viewer: Viewer): ClientEvent {
  return { ...syncEvent(core, event, viewer), room_id: event.roomId };
}

/** The few fields of state that somebody outside the room may see. */
export function strippedEvent(event: RoomEvent): ClientEvent {
  return { type: event.type, state_key: event.stateKey, sender: event.sender, content: event.content };
}

function unsignedOf(core: Core, event: RoomEvent, viewer: Viewer): ClientEvent {
  const nowMs = core.clock.nowMs();
  const unsigned: ClientEvent = { age: nowMs - event.originTsMs };
  if (event.sender === viewer.userId) {
    if (event.txnId !== undefined && event.deviceId === viewer.deviceId) unsigned["transaction_id"] = event.txnId;
    if (event.delayId !== undefined) unsigned["org.matrix.msc4140.delay_id"] = event.delayId;
  }
  if (event.stickyUntilMs !== undefined)
    unsigned["msc4354_sticky_duration_ttl_ms"] = Math.max(0, event.stickyUntilMs - nowMs);
  const replaced = event.prevPos === undefined ? undefined : core.events.byPos(event.prevPos);
  if (replaced) {
    unsigned["prev_content"] = replaced.content;
    unsigned["prev_sender"] = replaced.sender;
    unsigned["replaces_state"] = replaced.eventId;
  }
  const redaction = event.redactedBy === undefined ? undefined : core.events.byId(event.roomId, event.redactedBy);
  if (redaction) unsigned["redacted_because"] = clientEvent(core, redaction, viewer);
  return unsigned;
}

import type { Core } from "../Core.ts";
import { forbidden, notFound } from "../errors.ts";
import { isObject, type JsonObject } from "../json.ts";
import { appendEvent, roomVersion, stateReader } from "./appendEvent.ts";
import type { RoomEvent } from "./model.ts";
import { readPowerLevels } from "./powerLevels.ts";

const KEPT: Readonly<Record<string, readonly string[]>> = {
  "m.room.member": ["membership", "join_authorised_via_users_server"],
  "m.room.join_rules": ["join_rule", "allow"],
  "m.room.power_levels": [
    "ban",
    "events",
    "events_default",
    "invite",
    "kick",
    "redact",
    "state_default",
    "users",
    "users_default",
  ],
  "m.room.history_visibility": ["history_visibility"],
  "m.room.redaction": ["redacts"],
};

/**
 * What is left of a content after redaction.
 *
 * @see Room version 11, "Redactions" (version 10 differs in fields that this server does not write)
 */
export function redactContent(type: string, content: JsonObject): JsonObject {
  if (type === "m.room.create") return content;
  const kept = KEPT[type] ?? [];
  return Object.fromEntries(Object.entries(content).filter(([key]) => kept.includes(key)));
}

export interface RedactionRequest {
  readonly roomId: string;
  readonly eventId: string;
  readonly sender: string;
  readonly deviceId: string;
  readonly txnId: string;
  readonly content: JsonObject;
}

/** Redacts an event: one's own, or any with the power to. Redacting what is redacted adds another redaction. */
export function redactEvent(core: Core, request: RedactionRequest): RoomEvent {
  return core.db.write(() => {
    const { roomId, eventId, sender } = request;
    const target = core.events.byId(roomId, eventId);
    if (!target || core.members.membership(roomId, sender) !== "join") throw notFound("Unknown event");
    const levels = readPowerLevels(stateReader(core, roomId));
    if (target.sender !== sender && levels.ofUser(sender) < levels.named("redact"))
      throw forbidden("Redacting events of others takes more power");
    const isInContent = roomVersion(core, roomId) !== "10";
    const reason = request.content["reason"];
    const event = appendEvent(core, {
      roomId,
      type: "m.room.redaction",
      sender,
      // Version 11 moved `redacts` into the content; clients of both kinds find theirs.
      content: { ...(isInContent && { redacts: eventId }), ...(typeof reason === "string" && { reason }) },
      redacts: eventId,
      deviceId: request.deviceId,
      txnId: request.txnId,
    });
    if (isObject(target.content) && target.redactedBy === undefined)
      core.events.redact(target, redactContent(target.type, target.content), event.eventId);
    return event;
  });
}

import type { Core } from "../Core.ts";
import { strippedEvent, type ClientEvent } from "../rooms/clientEvent.ts";

const INVITE_STATE = [
  "m.room.create",
  "m.room.name",
  "m.room.avatar",
  "m.room.topic",
  "m.room.join_rules",
  "m.room.canonical_alias",
  "m.room.encryption",
] as const;

/** What somebody who was invited may see of a room before joining. @see Client-Server API, "Stripped state" */
export function strippedState(core: Core, roomId: string, userId: string): ClientEvent[] {
  const own = core.events.state(roomId, "m.room.member", userId);
  const inviter = own && core.events.state(roomId, "m.room.member", own.sender);
  const described = INVITE_STATE.map((type) => core.events.state(roomId, type, ""));
  const events = new Set([...described, inviter, own].filter((event) => event !== undefined));
  return [...events].map(strippedEvent);
}

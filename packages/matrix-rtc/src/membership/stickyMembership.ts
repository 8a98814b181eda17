import type { DeviceId } from "../ids.ts";
import { isRecord } from "../json.ts";
import type { SlotDescription } from "../model.ts";
import type { RawEvent } from "../ports.ts";
import { readFirstUsable } from "../transport/RtcTransport.ts";
import { isLeftContent, readIntent, tryReadId, type ReadMembership } from "./RtcMembership.ts";

type Content = Readonly<Record<string, unknown>>;

/**
 * Reads a layer B sticky event, leniently: the spellings of July 2026 and of the autumn draft (layer C) are understood as
 * far as they say the same. Never throws.
 *
 * @see MSC4143, MSC4354; matrixrtc.md 3.3, 3.4, 17.2 no. 10
 */
export function readStickyMembership(event: RawEvent): ReadMembership {
  const content = event.content;
  if (!isRecord(content)) return { result: "malformed" };
  if (isLeftContent(content)) return { result: "left" };
  const member = content["member"];
  if (!isRecord(member) || readStickyKey(content) === undefined) return { result: "malformed" };
  // Layer C; whatever it may say one day, only this is in.
  if ((member["membership"] ?? "join") !== "join") return { result: "left" };
  const slot = readSlot(content);
  const memberId = tryReadId(member["id"]);
  const deviceId = readDevice(event, member);
  if (!slot || !memberId || !deviceId || !isSentByOwner(event, member)) return { result: "malformed" };
  const application = content["application"];
  return {
    result: "membership",
    membership: {
      source: "sticky",
      slot,
      userId: event.sender,
      deviceId,
      memberId,
      eventId: event.eventId,
      joinedAtMs: event.originServerTsMs,
      sentAtMs: event.originServerTsMs,
      expiresAtMs: undefined,
      transport: { choice: "own", own: readFirstUsable(publishedTransports(content)) },
      intent: isRecord(application) ? readIntent(application["m.call.intent"] ?? application["intent"]) : undefined,
    },
  };
}

/** The sticky key under either name; `undefined` if there is none or the two differ. */
export function readStickyKey(content: Content): string | undefined {
  const { msc4354_sticky_key: unstable, sticky_key: stable } = content;
  if (unstable !== undefined && stable !== undefined && unstable !== stable) return undefined;
  return tryReadId(unstable ?? stable);
}

// The application names the slot's first part; what follows the # is the id.
function readSlot(content: Content): SlotDescription | undefined {
  const application = content["application"];
  const type = isRecord(application) ? tryReadId(application["type"]) : undefined;
  const id = tryReadId(content["slot_id"]);
  if (!type || !id || type.includes("#") || !id.startsWith(`${type}#`)) return undefined;
  const rest = id.slice(type.length + 1);
  return rest === "" || rest.includes("#") ? undefined : { application: type, id: rest };
}

function readDevice(event: RawEvent, member: Content): DeviceId | undefined {
  const claimed = tryReadId(member["device_id"] ?? member["claimed_device_id"]) as DeviceId | undefined;
  if (claimed && event.encryptedBy && claimed !== event.encryptedBy) return undefined;
  return claimed ?? event.encryptedBy;
}

function isSentByOwner(event: RawEvent, member: Content): boolean {
  const claimed = member["user_id"] ?? member["claimed_user_id"];
  return claimed === undefined || claimed === event.sender;
}

function publishedTransports(content: Content): readonly unknown[] {
  const { transports, rtc_transports: flat } = content;
  const published = isRecord(transports) ? transports["published"] : flat;
  return Array.isArray(published) ? published : [];
}

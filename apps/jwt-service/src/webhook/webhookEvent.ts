import type { DepartureCause } from "../leave/leaveMachine.ts";
import type { Place } from "../leave/LeaveJob.ts";

/** What the SFU told about a participant. */
export interface ParticipantEvent extends Place {
  readonly type: "joined" | "left";
  readonly sid: string | undefined;
  readonly cause: DepartureCause;
}

/** A webhook's body as far as it concerns us. */
export interface WebhookEvent {
  /** The SFU's name for this event; absent in old versions. */
  readonly id: string | undefined;
  /** `undefined` for events about other things. */
  readonly participant: ParticipantEvent | undefined;
}

const EVENT_TYPES: ReadonlyMap<string, ParticipantEvent["type"]> = new Map([
  ["participant_joined", "joined"],
  ["participant_left", "left"],
  ["participant_connection_aborted", "left"],
]);

/** Numbers are those of LiveKit's `DisconnectReason`. */
const CAUSES: ReadonlyMap<unknown, DepartureCause> = new Map<unknown, DepartureCause>([
  ["CLIENT_INITIATED", "client"],
  [1, "client"],
  // The identity is still there, on another connection or another node.
  ["DUPLICATE_IDENTITY", "duplicate"],
  [2, "duplicate"],
  ["MIGRATION", "duplicate"],
  [8, "duplicate"],
  ["SERVER_SHUTDOWN", "shutdown"],
  [3, "shutdown"],
]);

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a verified body: protobuf's JSON, names in camel or snake case, unknown fields skipped.
 *
 * @returns `undefined` if it is no event
 * @see LiveKit docs, "Webhooks"
 */
export function tryWebhookEvent(body: string): WebhookEvent | undefined {
  const event = tryParse(body);
  if (!event || typeof event["event"] !== "string") return undefined;
  const id = text(event["id"]);
  const type = EVENT_TYPES.get(event["event"]);
  const room = text(object(event["room"])["name"]);
  const participant = object(event["participant"]);
  const identity = text(participant["identity"]);
  if (type === undefined || room === undefined || identity === undefined) return { id, participant: undefined };
  const reason = participant["disconnectReason"] ?? participant["disconnect_reason"];
  return {
    id,
    participant: { type, room, identity, sid: text(participant["sid"]), cause: CAUSES.get(reason) ?? "other" },
  };
}

function tryParse(body: string): Json | undefined {
  try {
    return object(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

import { type DelayId, type EventId, MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";

import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { HomeserverRefusal } from "./httpError.ts";
import { arrayAt, canonicalJson, numberAt, recordAt, stringAt } from "./json.ts";

const MANAGE_PATH = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";
/** In milliseconds. @see MSC4140 */
export const DELAY_PARAMETER = "org.matrix.msc4140.delay";
/** What is looked at of a list that says more than anybody has scheduled. */
const MAX_LISTED = 500;
const LIST_TIMEOUT_MS = 5_000;

export interface StateEvent {
  readonly roomId: RoomId;
  readonly type: string;
  readonly stateKey: string;
  readonly content: object;
}

/** A state event that may be scheduled at the homeserver. */
export interface ScheduledState extends StateEvent {
  readonly delayMs: number;
}

/** @see Client-Server API, "PUT /rooms/{roomId}/state/{eventType}/{stateKey}" */
export async function sendState(client: HomeserverClient, event: StateEvent): Promise<EventId> {
  const body = await client.json({ method: "PUT", path: statePath(event), body: event.content });
  return required(body, "event_id") as EventId;
}

/** @see MSC4140, the form with a query parameter that is deployed */
export async function scheduleState(client: HomeserverClient, event: StateEvent, delayMs: number): Promise<DelayId> {
  const body = await client.json({
    method: "PUT",
    path: statePath(event),
    query: { [DELAY_PARAMETER]: String(Math.round(delayMs)) },
    body: event.content,
  });
  return delayIdOf(body);
}

/** @throws {MatrixRtcError} `unsupported` */
export function delayIdOf(body: unknown): DelayId {
  const delayId = stringAt(body, "delay_id");
  // A server that does not know the parameter has just sent the event.
  if (delayId === undefined) throw new MatrixRtcError("unsupported", "The homeserver does not delay events");
  return delayId as DelayId;
}

/**
 * The newest scheduled event that is just like this one; `undefined` if there is none.
 *
 * @throws {MatrixRtcError} also if the homeserver has no such list
 * @see MSC4140; the names of fields are those of Synapse and of the drafts
 */
export async function findScheduled(client: HomeserverClient, wanted: ScheduledState): Promise<DelayId | undefined> {
  const query = { status: "scheduled" };
  const body = await client.json({ method: "GET", path: MANAGE_PATH, query, timeoutMs: LIST_TIMEOUT_MS });
  const listed = arrayAt(body, "delayed_events").slice(0, MAX_LISTED).map(parseScheduled);
  const found = listed.filter((entry) => entry !== undefined).filter((entry) => isSame(entry, wanted));
  return found.toSorted((a, b) => b.sinceMs - a.sinceMs)[0]?.delayId;
}

/** Whether two events would write the same content to the same place. */
export function isSameState(a: StateEvent, b: StateEvent): boolean {
  const isSamePlace = a.roomId === b.roomId && a.type === b.type && a.stateKey === b.stateKey;
  return isSamePlace && canonicalJson(a.content) === canonicalJson(b.content);
}

interface ListedState extends ScheduledState {
  readonly delayId: DelayId;
  readonly sinceMs: number;
}

function parseScheduled(raw: unknown): ListedState | undefined {
  const [delayId, roomId] = [stringAt(raw, "delay_id"), stringAt(raw, "room_id")];
  const [type, stateKey] = [stringAt(raw, "type"), stringAt(raw, "state_key")];
  const delayMs = numberAt(raw, "delay_ms") ?? numberAt(raw, "delay");
  if (delayId === undefined || roomId === undefined || type === undefined || stateKey === undefined) return undefined;
  if (delayMs === undefined || numberAt(raw, "finalised_ts") !== undefined) return undefined;
  const sinceMs =
    numberAt(raw, "running_since") ?? numberAt(raw, "delayed_since_ts") ?? numberAt(raw, "scheduled_at") ?? 0;
  const content = recordAt(raw, "content");
  return { delayId: delayId as DelayId, roomId: roomId as RoomId, type, stateKey, delayMs, content, sinceMs };
}

function isSame(a: ScheduledState, b: ScheduledState): boolean {
  return a.delayMs === Math.round(b.delayMs) && isSameState(a, b);
}

export type DelayedAction = "restart" | "send" | "cancel";

/**
 * Manages a scheduled event; falls back to the old form of the request. How long an answer is of use the caller knows:
 * restarts overlap, and a late one still counts.
 *
 * @see MSC4140
 */
export async function manageDelayed(
  client: HomeserverClient,
  delayId: DelayId,
  action: DelayedAction,
  signal?: AbortSignal,
): Promise<void> {
  const limits = {
    // Who knows the id can manage the event.
    label: `delayed event: ${action}`,
    // The page may be on its way out.
    keepalive: action === "send",
    ...(signal ? { signal } : {}),
  };
  try {
    await client.json({ method: "POST", path: matrixPath(MANAGE_PATH, delayId, action), body: {}, ...limits });
  } catch (error) {
    if (!(error instanceof HomeserverRefusal) || error.refusal.errcode !== "M_UNRECOGNIZED") throw error;
    await client.json({ method: "POST", path: matrixPath(MANAGE_PATH, delayId), body: { action }, ...limits });
  }
}

function statePath(event: StateEvent): string {
  return matrixPath("/_matrix/client/v3/rooms", event.roomId, "state", event.type, event.stateKey);
}

function required(body: unknown, key: string): string {
  const value = stringAt(body, key);
  if (value === undefined) throw new MatrixRtcError("homeserver_refused", `The answer has no ${key}`);
  return value;
}

import { type DelayId, type EventId, MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";

import { type HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { HomeserverRefusal } from "./httpError.ts";
import { stringAt } from "./json.ts";

const MANAGE_PATH = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";
const DELAY_PARAMETER = "org.matrix.msc4140.delay";
/** A dead man's switch is restarted every few seconds: an answer that takes longer is worth nothing. */
const MANAGE_TIMEOUT_MS = 5000;

export interface StateEvent {
  readonly roomId: RoomId;
  readonly type: string;
  readonly stateKey: string;
  readonly content: object;
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
  const delayId = stringAt(body, "delay_id");
  // A server that does not know the parameter has just sent the event.
  if (delayId === undefined) throw new MatrixRtcError("unsupported", "The homeserver does not delay events");
  return delayId as DelayId;
}

export type DelayedAction = "restart" | "send" | "cancel";

/** Manages a scheduled event; falls back to the old form of the request. @see MSC4140 */
export async function manageDelayed(
  client: HomeserverClient,
  delayId: DelayId,
  action: DelayedAction,
  signal?: AbortSignal,
): Promise<void> {
  const limits = {
    timeoutMs: MANAGE_TIMEOUT_MS,
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

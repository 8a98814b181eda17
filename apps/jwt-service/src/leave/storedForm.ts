import { goJson } from "../goJson.ts";
import type { Place, StoredJob } from "./LeaveJob.ts";

/*
 * How lk-jwt-service keeps its jobs, so that either program can go on with what the other left behind:
 *
 *   hash   lk-jwt:jobs
 *   field  ["<room>","<identity>"]
 *   value  {"Params":{"DelayId","DelayTimeout" (nanoseconds),"ServerName","LiveKitRoom","LiveKitIdentity"},
 *           "RestartedAt" (RFC 3339)}
 */

export const JOBS_HASH = "lk-jwt:jobs";

const NANOSECONDS = 1_000_000;

/** Name of a place's field. */
export function fieldOf({ room, identity }: Place): string {
  return goJson([room, identity]);
}

/** A job as the value of its field. */
export function writeStoredJob(job: StoredJob): string {
  return goJson({
    Params: {
      DelayId: job.delayId,
      DelayTimeout: Math.round(job.delayMs * NANOSECONDS),
      ServerName: job.serverName,
      LiveKitRoom: job.room,
      LiveKitIdentity: job.identity,
    },
    RestartedAt: new Date(job.restartedAtMs).toISOString(),
  });
}

/** Reads a stored value; `undefined` if it cannot be read. */
export function tryStoredJob(value: string): StoredJob | undefined {
  const entry = tryRecord(value);
  const params = isRecord(entry?.["Params"]) ? entry["Params"] : {};
  const texts = ["DelayId", "ServerName", "LiveKitRoom", "LiveKitIdentity"].map((name) => params[name]);
  const [delayId, serverName, room, identity] = texts.map((text) => (typeof text === "string" ? text : ""));
  const nanoseconds = params["DelayTimeout"];
  const restartedAtMs = Date.parse(String(entry?.["RestartedAt"]));
  if (!delayId || !serverName || !room || !identity) return undefined;
  if (typeof nanoseconds !== "number" || !(nanoseconds > 0) || Number.isNaN(restartedAtMs)) return undefined;
  return { delayId, serverName, room, identity, delayMs: nanoseconds / NANOSECONDS, restartedAtMs };
}

function tryRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

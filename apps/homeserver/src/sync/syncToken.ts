import { invalidParam } from "../errors.ts";

/** Where a client is in the stream. To-device and sticky events are paged, so they can lag behind. */
export interface SyncPosition {
  readonly stream: number;
  readonly toDevice: number;
  readonly sticky: number;
}

/** The start of everything. */
export const BEGINNING: SyncPosition = { stream: 0, toDevice: 0, sticky: 0 };

export function formatSyncToken({ stream, toDevice, sticky }: SyncPosition): string {
  return `s${stream}_${toDevice}_${sticky}`;
}

/** @throws {MatrixError} `M_INVALID_PARAM` if this server did not write the token */
export function parseSyncToken(token: string): SyncPosition {
  const match = /^s(\d{1,15})_(\d{1,15})_(\d{1,15})$/.exec(token);
  if (!match) throw invalidParam("Unknown token");
  return { stream: Number(match[1]), toDevice: Number(match[2]), sticky: Number(match[3]) };
}

/** Pagination tokens of `/messages` and friends: a place between two events. A sync token works too. */
export function formatPageToken(pos: number): string {
  return `t${pos}`;
}

/** @throws {MatrixError} `M_INVALID_PARAM` if this server did not write the token */
export function parsePageToken(token: string): number {
  const match = /^t(\d{1,15})$/.exec(token);
  return match ? Number(match[1]) : parseSyncToken(token).stream;
}

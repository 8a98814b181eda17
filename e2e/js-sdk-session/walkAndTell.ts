import { expect } from "vitest";

import { LEAVE_DELAY_MS, RESTART_MS } from "./RtcClient.ts";
import { type OpenHomeserver, TestRoom } from "./TestRoom.ts";
import { type Action, walk, type WalkOptions } from "./walk.ts";

const NAMES = ["u1", "u2", "u3"];
/** Each has a client of either kind. */
const CLIENTS = NAMES.length * 2;
/** Deaths take seconds, so they are the rarest. */
export const EVERYTHING: readonly Action[] = [
  "leave",
  "leave",
  "leave",
  "refresh",
  "refresh",
  "refresh",
  "crash",
  "reload",
];
/** A delayed leave may have been put off last just before its owner died, or long before. */
const SOONEST_GHOST_MS = LEAVE_DELAY_MS - RESTART_MS - 300;

/** Walks in a new room of the homeserver, says what was done, and expects that every list was right after each step. */
export async function walkAndTell(
  server: OpenHomeserver,
  options: WalkOptions,
  { isEncrypted = false }: { readonly isEncrypted?: boolean } = {},
): Promise<void> {
  const room = await TestRoom.make(server, { names: NAMES, isEncrypted });
  const report = await walk(room, options);
  const { layers, steps, seed } = options;
  process.stdout.write(`${JSON.stringify({ layers, steps, seed, isEncrypted, ...report })}\n`);
  expect(report.comparisons).toBe(steps * CLIENTS);
  // Only the homeserver can have taken them out.
  expect(report.fastestDeathMs).toBeGreaterThan(SOONEST_GHOST_MS);
}

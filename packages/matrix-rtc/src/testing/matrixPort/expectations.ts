import { type ReadonlySignal, type Scope, until } from "@conclave/kit";

import { isRecord } from "../../json.ts";
import type { RoomView } from "../../ports.ts";
import type { TwoUsers } from "./AcceptanceTest.ts";

const STEP_MS = 50;
const MAX_STEPS = 200;

/** Waits until a room is there and is as wanted. */
export async function viewed(
  scope: Scope,
  room: ReadonlySignal<RoomView | undefined>,
  accept: (view: RoomView) => boolean,
): Promise<RoomView> {
  return until(scope, room, (view): view is RoomView => view !== undefined && accept(view));
}

/** Lets time pass until something has happened, ten seconds at most. */
export async function passUntil(pass: TwoUsers["pass"], isReached: () => boolean): Promise<void> {
  for (let step = 0; step < MAX_STEPS && !isReached(); step++) await pass(STEP_MS);
}

/** The code of the error that comes; what comes instead if it has none. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return typeof outcome === "object" && outcome !== null && "code" in outcome ? outcome.code : outcome;
}

/** Without a runner. @throws if the two are not equal as JSON */
export function assertEqual(actual: unknown, expected: unknown): void {
  const [found, wanted] = [canonicalJson(actual), canonicalJson(expected)];
  if (found !== wanted) throw new Error(`Expected ${wanted}, got ${found}`);
}

/** The order of keys is nothing that a homeserver keeps. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

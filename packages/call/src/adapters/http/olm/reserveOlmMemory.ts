import { systemClock } from "@conclave/kit";

import { loadOlm, type Olm } from "./loadOlm.ts";

/** A text that is not ASCII from its first letter on is given three bytes for each of its UTF-16 units. */
const BYTES_PER_UNIT = 3;
/** What the longest text that V8 can make takes. */
const MAX_RESERVED_BYTES = 2 ** 30;

/**
 * Makes room for the keys of many sessions in one go, for programs that open hundreds.
 *
 * The WASM module grows its memory by 64 kB at a time. Once it has more than 64 MB, V8 takes each step for a sudden need of
 * all of it and collects garbage, three times a second and on both cores. What the module has had once it does not give
 * back, so something large that it refuses is enough.
 *
 * @param bytes no more than 1 GiB are reserved
 * @throws the module cannot be loaded
 */
export async function reserveOlmMemory(bytes: number): Promise<void> {
  const olm = await loadOlm(systemClock);
  occupy(olm, Math.min(bytes, MAX_RESERVED_BYTES));
}

function occupy(olm: Olm, bytes: number): void {
  try {
    new olm.UserId(`é${"a".repeat(Math.ceil(bytes / BYTES_PER_UNIT))}`).free();
  } catch {
    // It is no user id. Its memory is free again.
  }
}

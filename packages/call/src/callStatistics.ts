import type { KeyStatistics } from "@conclave/frame-keys";

import type { CallStatistics } from "./model.ts";
import type { FrameTotals } from "./trackVerdicts.ts";

/** Of a call in which nothing has happened yet. */
export const NO_CALL_STATISTICS: CallStatistics = toCallStatistics({ sent: {}, received: {} }, undefined);

/** Puts the counters of frames and keys together for diagnostics. */
export function toCallStatistics(totals: FrameTotals, keys: KeyStatistics | undefined): CallStatistics {
  const { sent, received } = totals;
  return {
    framesDecrypted: received["decrypted"] ?? 0,
    framesUndecryptable: (received["missing_key"] ?? 0) + (received["auth_failed"] ?? 0) + (received["malformed"] ?? 0),
    framesReplayed: received["replayed"] ?? 0,
    framesPassedPlain: received["passthrough"] ?? 0,
    framesEncrypted: sent["encrypted"] ?? 0,
    framesDroppedNoKey: sent["dropped_no_key"] ?? 0,
    keysInstalled: keys?.keysInstalled ?? 0,
    keysRejected: { ...keys?.keysRejected },
    ownKeyIndex: keys?.ownKeyIndex,
    keysCreated: keys?.keysCreated ?? 0,
    keysSent: keys?.keysSent ?? 0,
  };
}

const FIRST_MS = 250;
/** An SFU that has just come back is found within a second (quality.md F13). */
const LONGEST_MS = 1_000;
/** After a minute nobody waits eagerly any more. */
const PATIENT_AFTER = 60;
const PATIENT_MS = 5_000;
/** Clients that were thrown out together come back spread out by this share of the delay. */
const JITTER_SHARE = 0.25;
const BYTE_VALUES = 256;

/** How long to wait after the given number of failures in a row (0 for the first). */
export function retryDelayMs(failures: number, randomBytes: (lengthBytes: number) => Uint8Array): number {
  const plainMs = failures >= PATIENT_AFTER ? PATIENT_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  const share = ((randomBytes(1)[0] ?? 0) / BYTE_VALUES) * JITTER_SHARE;
  return Math.round(plainMs * (1 - share));
}

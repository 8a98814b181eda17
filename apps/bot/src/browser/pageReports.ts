import type { BotReport, MediaBytes, SentInterval } from "../model.ts";
import type { PageTotals } from "./adapters/page/CallWatch.ts";

/**
 * When a browser was sending: its member entry named an unmuted track. Frames as the frame crypto counts them. A page
 * that is gone does not send any more.
 */
export function sentOf(gone: readonly PageTotals[], running: PageTotals | undefined): readonly SentInterval[] {
  const ended = gone.flatMap(({ readAtMs, sent }) => sent.map((interval) => ({ toMs: readAtMs, ...interval })));
  return [...ended, ...(running?.sent ?? [])];
}

/** What all pages of a browser carried. */
export function bytesOf(pages: readonly Pick<PageTotals, "mediaBytes">[]): MediaBytes {
  let [sent, received] = [0, 0];
  for (const { mediaBytes } of pages) {
    sent += mediaBytes.sent;
    received += mediaBytes.received;
  }
  return { sent, received };
}

/** Key counts of all calls of a browser, as the app tells them. */
export function keysOf(pages: readonly PageTotals[]): BotReport["keys"] {
  const rejected: Record<string, number> = {};
  let [created, sent, installed] = [0, 0, 0];
  for (const { statistics } of pages.flatMap(({ calls }) => calls)) {
    created += statistics.keysCreated;
    sent += statistics.keysSent;
    installed += statistics.keysInstalled;
    for (const [reason, count] of Object.entries(statistics.keysRejected))
      if (count > 0) rejected[reason] = (rejected[reason] ?? 0) + count;
  }
  return { created, sent, installed, rejected };
}

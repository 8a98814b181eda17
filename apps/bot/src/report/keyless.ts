import type { StreamReport } from "../model.ts";
import type { ExpectedStream } from "./expectedStreams.ts";
import type { Swarm } from "./Swarm.ts";

/** Frames in this time after the first key may still have been on their way under no key. */
export const KEY_MARGIN_MS = 250;

/** Of receivers that do not tell when frames came: so many may have met a change of keys. */
const EXCUSED_SHARE = 0.02;

/**
 * Frames of an expected stream that should have been decrypted and were not: all that failed authentication or were
 * malformed, and those without a key that nothing explains (`keylessFrames`). Frames that a silent leaver cannot read are
 * what is wanted, and its report cannot tell when they came: they count 0.
 */
export function undecryptableFrames(swarm: Swarm, expected: ExpectedStream): number {
  const stream = swarm.stream(expected.receiver, expected.sender, expected.kind);
  if (stream === undefined || isListeningOn(swarm, expected.receiver)) return 0;
  return failedFrames(stream) + keylessFrames(swarm, expected, stream);
}

/** Frames that failed authentication or were malformed. */
export function failedFrames({ counts, undecryptableAfterKey, firstDecryptedAtMs }: StreamReport): number {
  const failed = counts.authFailed + counts.malformed;
  if (undecryptableAfterKey === undefined || firstDecryptedAtMs === undefined) return failed;
  return Math.min(failed, undecryptableAfterKey);
}

/**
 * Frames without a key that neither the wait for the first key nor reading late on purpose explains. A stream that was never decrypted loses all of
 * them. Else those that the receiver counts as `lost`; one that does not count them is given what the sender sent from
 * the first packet to 250 ms after the first key, for each time that both met, and one frame in fifty for later keys.
 */
export function keylessFrames(swarm: Swarm, expected: ExpectedStream, stream: StreamReport): number {
  const { missingKey } = stream.counts;
  if (missingKey === 0 || stream.firstKeyAtMs === undefined || stream.firstDecryptedAtMs === undefined)
    return missingKey;
  if (hasCaughtUp(swarm, expected, stream)) return 0;
  if (stream.undecryptableAfterKey !== undefined) return stream.undecryptableAfterKey - failedFrames(stream);
  const waitMs = Math.max(0, stream.firstKeyAtMs - (stream.firstPacketAtMs ?? stream.firstKeyAtMs)) + KEY_MARGIN_MS;
  const intervalMs = swarm.frameIntervalMs(expected.sender, expected.kind);
  const explained = intervalMs === undefined ? 0 : (Math.ceil(waitMs / intervalMs) + 1) * expected.spans.length;
  return Math.max(0, missingKey - Math.max(explained, Math.floor(stream.counts.good * EXCUSED_SHARE)));
}

/** Who reads its mail late on purpose gets each key late; what came under it by then is its own loss, if it goes on. */
function hasCaughtUp(swarm: Swarm, { receiver, spans, graceMs }: ExpectedStream, stream: StreamReport): boolean {
  const endMs = spans.at(-1)?.toMs ?? 0;
  return swarm.bot(receiver)?.manners === "late_reader" && (stream.lastDecryptedAtMs ?? 0) >= endMs - graceMs;
}

/** A silent leaver that left goes on counting frames that it must not be able to read. */
export function isListeningOn(swarm: Swarm, receiver: number): boolean {
  const bot = swarm.bot(receiver);
  return bot?.manners === "silent_leaver" && bot.stays.some((stay) => stay.leftAtMs !== undefined);
}

import type { StreamReport } from "../model.ts";
import type { ExpectedStream } from "./expectedStreams.ts";
import { failedFrames, isListeningOn, keylessFrames } from "./keyless.ts";
import type { Swarm } from "./Swarm.ts";

/** Why an expected stream is not good. */
export type Cause =
  /** Frames arrived readable without any key. */
  | "plaintext"
  /** Decrypted, but made by another sender than the one that signalling names. */
  | "foreign"
  /** Decrypted, but the content is not what was sent. */
  | "spoiled"
  /** Frames came that failed authentication, while others of the same stream were fine. */
  | "auth_failed"
  /** A key was there, and nothing opens with it. */
  | "wrong_key"
  /** Packets came, but no key, or none for a part of them. */
  | "no_key"
  /** Frames came a second time. */
  | "replayed"
  /** Announced, but nothing was forwarded, or forwarding stopped. */
  | "no_packets"
  /** A member, but the SFU does not announce the track. */
  | "not_announced"
  /** Never seen as a member. */
  | "not_signalled"
  /** Decrypted, but only after the grace. */
  | "late"
  /** Decrypted, but with holes. */
  | "gaps";

/** In the order in which faults are told: what exposes people first. */
export const CAUSES: readonly Cause[] = [
  "plaintext",
  "foreign",
  "spoiled",
  "auth_failed",
  "wrong_key",
  "no_key",
  "replayed",
  "no_packets",
  "not_announced",
  "not_signalled",
  "late",
  "gaps",
];

/** An expected stream and what became of it. */
export interface Judged {
  readonly expected: ExpectedStream;
  readonly stream: StreamReport | undefined;
  readonly verdict: "good" | Cause;
}

export const DEFAULT_GAP_MS = 2000;
const REPLAYED_SHARE = 0.01;

/** The dearest cause why a stream is not as expected. */
export function judgeStream(swarm: Swarm, expected: ExpectedStream, gapMs: number = DEFAULT_GAP_MS): Judged {
  const stream = swarm.stream(expected.receiver, expected.sender, expected.kind);
  const verdict = stream === undefined ? unseen(swarm, expected) : judgeSeen(swarm, expected, { stream, gapMs });
  return { expected, stream, verdict };
}

function unseen(swarm: Swarm, { receiver, sender, kind }: ExpectedStream): Cause {
  const other = swarm.stream(receiver, sender, kind === "audio" ? "video" : "audio");
  return other?.signalledAtMs === undefined ? "not_signalled" : "not_announced";
}

interface Seen {
  readonly stream: StreamReport;
  readonly gapMs: number;
}

function judgeSeen(swarm: Swarm, expected: ExpectedStream, { stream, gapMs }: Seen): "good" | Cause {
  const exposed = judgeContent(stream);
  if (exposed !== undefined) return exposed;
  if (stream.firstDecryptedAtMs === undefined) return judgeNeverDecrypted(stream);
  if (isLate(expected, stream)) {
    // What came too late is told as such only if it was fine from then on.
    return judgeFrames(swarm, expected, stream) ?? "late";
  }
  if (isListeningOn(swarm, expected.receiver)) return "good";
  return judgeFrames(swarm, expected, stream) ?? judgeFlow(swarm, expected, { stream, gapMs });
}

function judgeContent({ counts }: StreamReport): Cause | undefined {
  if (counts.plaintext > 0) return "plaintext";
  if (counts.foreign > 0) return "foreign";
  return counts.spoiled > 0 ? "spoiled" : undefined;
}

function judgeNeverDecrypted(stream: StreamReport): Cause {
  const { counts, keyState } = stream;
  const frames = counts.missingKey + counts.authFailed + counts.malformed + counts.replayed;
  if (stream.firstPacketAtMs === undefined && frames === 0) {
    return stream.signalledAtMs === undefined ? "not_announced" : "no_packets";
  }
  if (keyState === "none") return "no_key";
  if (counts.authFailed > 0 || keyState === "wrong") return "wrong_key";
  if (counts.malformed > 0) return "auth_failed";
  if (counts.replayed > 0) return "replayed";
  return counts.missingKey > 0 ? "no_key" : "no_packets";
}

function judgeFrames(swarm: Swarm, expected: ExpectedStream, stream: StreamReport): Cause | undefined {
  if (isListeningOn(swarm, expected.receiver)) return undefined;
  const { counts } = stream;
  const failed = failedFrames(stream);
  if (failed > 0) return stream.keyState === "wrong" && counts.authFailed > 0 ? "wrong_key" : "auth_failed";
  if (keylessFrames(swarm, expected, stream) > 0) return "no_key";
  // A frame that comes twice on a bad network is refused and does no harm; many are somebody's doing.
  return counts.replayed > counts.good * REPLAYED_SHARE ? "replayed" : undefined;
}

function isLate({ spans, graceMs }: ExpectedStream, { firstDecryptedAtMs }: StreamReport): boolean {
  const dueAtMs = (spans[0]?.fromMs ?? 0) + graceMs;
  return firstDecryptedAtMs !== undefined && firstDecryptedAtMs > dueAtMs;
}

function judgeFlow(swarm: Swarm, expected: ExpectedStream, { stream, gapMs }: Seen): "good" | Cause {
  if (forwardingStopped(expected, stream)) return "no_packets";
  const isLossy = [expected.receiver, expected.sender].some((number) => swarm.bot(number)?.manners === "slow_network");
  return stream.longestGapMs > gapMs && !isLossy ? "gaps" : "good";
}

/** True if the last packet came more than the grace before the sender's last expected one. */
export function forwardingStopped({ spans, graceMs }: ExpectedStream, stream: StreamReport): boolean {
  const endMs = spans.at(-1)?.toMs;
  const lastMs = Math.max(stream.lastPacketAtMs ?? 0, stream.lastDecryptedAtMs ?? 0);
  return endMs !== undefined && lastMs > 0 && lastMs < endMs - graceMs;
}

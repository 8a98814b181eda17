import type { Finding } from "../model.ts";
import { quantile } from "./quantiles.ts";
import type { Swarm } from "./Swarm.ts";
import { formatDuration } from "./words.ts";

/** A wait for a key is told from here on, if it also is much longer than others'. */
const LATE_KEY_MS = 1000;
const MUCH_LONGER = 5;
/** Fewer waits than this have no usual length. */
const MIN_WAITS = 5;
/** Slow on purpose, or kept from the key on purpose. */
const EXCUSED: ReadonlySet<string> = new Set(["late_reader", "slow_network"]);

interface Wait {
  readonly receiver: number;
  readonly sender: number;
  readonly keyAtMs: number;
  readonly waitMs: number;
}

/**
 * Keys that came much later than others did: what a key message leaves behind that was lost and then sent again. A wait
 * runs from when the track was announced or its first packet came, whichever was later, to the first key.
 */
export function findLateKeys(swarm: Swarm): Finding[] {
  const waits = listWaits(swarm);
  const usualMs = quantile(
    waits.map(({ waitMs }) => waitMs),
    0.5,
  );
  if (usualMs === undefined || waits.length < MIN_WAITS) return [];
  return waits
    .filter(({ waitMs }) => waitMs > Math.max(LATE_KEY_MS, usualMs * MUCH_LONGER))
    .map(({ receiver, sender, keyAtMs, waitMs }) => ({
      atMs: keyAtMs,
      bot: receiver,
      code: "key_late",
      sentence: `Bot ${receiver} waited ${formatDuration(waitMs)} for the key of bot ${sender}, where half of all waits were at most ${formatDuration(usualMs)}: a key message was lost or late, and came later.`,
    }));
}

function listWaits(swarm: Swarm): Wait[] {
  const waits = swarm.expected.flatMap(({ receiver, sender, kind }): Wait[] => {
    const stream = swarm.stream(receiver, sender, kind);
    const keyAtMs = stream?.firstKeyAtMs;
    const manners = swarm.bot(receiver)?.manners;
    if (keyAtMs === undefined || stream?.firstPacketAtMs === undefined || (manners && EXCUSED.has(manners))) return [];
    const readyAtMs = Math.max(stream.signalledAtMs ?? 0, stream.firstPacketAtMs);
    return [{ receiver, sender, keyAtMs, waitMs: Math.max(0, keyAtMs - readyAtMs) }];
  });
  // A sender has one key for its sound and its picture.
  const longest = new Map<string, Wait>();
  for (const wait of waits) {
    const known = longest.get(`${wait.receiver} ${wait.sender}`);
    if (known === undefined || known.waitMs < wait.waitMs) longest.set(`${wait.receiver} ${wait.sender}`, wait);
  }
  return [...longest.values()];
}

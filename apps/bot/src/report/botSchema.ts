import { z } from "zod";

import type { BotReport } from "../model.ts";

const count = z.number().int().min(0);
const instant = z.number();
const kind = z.enum(["audio", "video"]);

const frameCounts = z.object({
  good: count,
  spoiled: count,
  foreign: count,
  missing: count,
  missingKey: count,
  authFailed: count,
  malformed: count,
  replayed: count,
  plaintext: count,
});

const streamReport = z.object({
  from: count,
  kind,
  signalledAtMs: instant.exactOptional(),
  firstPacketAtMs: instant.exactOptional(),
  firstKeyAtMs: instant.exactOptional(),
  firstDecryptedAtMs: instant.exactOptional(),
  lastDecryptedAtMs: instant.exactOptional(),
  lastPacketAtMs: instant.exactOptional(),
  counts: frameCounts,
  keyState: z.enum(["none", "held", "opens", "wrong"]),
  delayMs: z.object({ p50: z.number(), p95: z.number(), max: z.number() }).exactOptional(),
  longestGapMs: z.number(),
  psnrDb: z.number().exactOptional(),
  toneHz: z.number().exactOptional(),
  oldestSentAtMs: instant.exactOptional(),
  undecryptableAfterKey: count.exactOptional(),
});

const stay = z.object({
  askedAtMs: instant,
  joinedAtMs: instant.exactOptional(),
  leftAtMs: instant.exactOptional(),
  marks: z.record(z.string(), instant),
  failure: z.object({ code: z.string(), evidence: z.string() }).exactOptional(),
});

const sentInterval = z.object({ kind, fromMs: instant, toMs: instant.exactOptional(), frames: count });

export const findingSchema = z.object({
  atMs: instant,
  bot: count.exactOptional(),
  code: z.string(),
  sentence: z.string(),
});

/** `BotReport` as it lies in a file; keys that are not known are dropped. */
export const botReportSchema = z.object({
  number: count,
  tier: z.enum(["protocol", "native", "browser"]),
  manners: z.enum([
    "polite",
    "silent_leaver",
    "late_reader",
    "key_withholder",
    "junk_sender",
    "flapper",
    "slow_network",
  ]),
  sabotage: z.enum(["rotation_off", "lose_key", "flip_bit", "drop_subscription", "encryption_off"]).exactOptional(),
  stays: z.array(stay),
  sent: z.array(sentInterval),
  received: z.array(streamReport),
  mediaBytes: z.object({ sent: count, received: count }).exactOptional(),
  keys: z.object({ created: count, sent: count, installed: count, rejected: z.record(z.string(), count) }),
  findings: z.array(findingSchema),
}) satisfies z.ZodType<BotReport>;

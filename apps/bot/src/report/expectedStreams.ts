import type { MediaKind } from "@conclave/frame-crypto";

import type { BotReport, Manners } from "../model.ts";
import { lengthOf, overlaps, sendingSpans, type Span, staySpans } from "./spans.ts";

export const DEFAULT_GRACE_MS = 3000;
export const DEFAULT_LATE_GRACE_MS = 15_000;

export interface ExpectOptions {
  /** When the run ended: the end of whatever was still going on. */
  readonly endMs: number;
  /** How long a stream may take to be decrypted; shorter encounters are not expected to be. Default 3 s. */
  readonly graceMs?: number | undefined;
  /** The same for receivers that are slow on purpose. Default 15 s. */
  readonly lateGraceMs?: number;
}

/** A stream that must have been decrypted. */
export interface ExpectedStream {
  /** Number of the receiving bot. */
  readonly receiver: number;
  /** Number of the sending bot. */
  readonly sender: number;
  readonly kind: MediaKind;
  /** When the sender was sending and both were in the call, each longer than the grace; at least one, in time order. */
  readonly spans: readonly Span[];
  readonly graceMs: number;
}

const KINDS: readonly MediaKind[] = ["audio", "video"];
const SENDS_WHAT_NOBODY_CAN_READ: ReadonlySet<Manners> = new Set(["junk_sender", "key_withholder"]);
const IS_SLOW: ReadonlySet<Manners> = new Set(["late_reader", "slow_network"]);

interface Sending {
  readonly sender: number;
  readonly kind: MediaKind;
  readonly spans: readonly Span[];
}

/**
 * Which receiver must have decrypted what of whom: each encounter of a stay (joined to left) with a sent interval that is
 * longer than the receiver's grace. Senders that nobody can read on purpose are left out; sabotaged ones are not, for a
 * fault is to be found.
 */
export function expectedStreams(bots: readonly BotReport[], options: ExpectOptions): ExpectedStream[] {
  const sendings = expectedSendings(bots, options.endMs);
  return bots.flatMap((receiver) => {
    const stays = staySpans(receiver, options.endMs);
    const graceMs = graceOf(receiver, options);
    return sendings.flatMap(({ sender, kind, spans: sent }) => {
      if (sender === receiver.number) return [];
      const spans = overlaps(stays, sent).filter((span) => lengthOf(span) > graceMs);
      return spans.length === 0 ? [] : [{ receiver: receiver.number, sender, kind, spans, graceMs }];
    });
  });
}

/** Everything that was sent and can be read. */
export function expectedSendings(bots: readonly BotReport[], endMs: number): Sending[] {
  return bots
    .filter((bot) => !SENDS_WHAT_NOBODY_CAN_READ.has(bot.manners))
    .flatMap((bot) => KINDS.map((kind) => ({ sender: bot.number, kind, spans: sendingSpans(bot, kind, endMs) })))
    .filter(({ spans }) => spans.length > 0);
}

function graceOf(receiver: BotReport, options: ExpectOptions): number {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  return IS_SLOW.has(receiver.manners) ? Math.max(graceMs, options.lateGraceMs ?? DEFAULT_LATE_GRACE_MS) : graceMs;
}

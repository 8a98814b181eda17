import type { MediaKind } from "@conclave/frame-crypto";

import { type Cause, type Judged, judgeStream } from "./causes.ts";
import type { Side } from "./evidence.ts";
import { type FaultGroup, groupFaults } from "./faults.ts";
import { tellFault } from "./sentences.ts";
import type { Swarm } from "./Swarm.ts";

/** What became of one expected stream. */
export interface PairVerdict {
  readonly receiver: number;
  readonly sender: number;
  readonly kind: MediaKind;
  readonly verdict: "good" | Cause;
  /** With a cause: whose side it is on, and the sentence of the fault that it belongs to. */
  readonly side?: Side;
  readonly sentence?: string;
}

/** A cause that explains one or more streams, told in one sentence. */
export interface Fault {
  readonly cause: Cause;
  readonly side: Side;
  readonly sentence: string;
  readonly judged: readonly Judged[];
}

export interface Judgement {
  readonly pairs: readonly PairVerdict[];
  /** What exposes people first; among the same, what explains most. */
  readonly faults: readonly Fault[];
}

/** Judges every expected stream. Only over all bots of a run: senders may be on other machines. */
export function judgePairs(swarm: Swarm, gapMs?: number): Judgement {
  const all = swarm.expected.map((expected) => judgeStream(swarm, expected, gapMs));
  const faults = groupFaults(all).map((group) => toFault(group, swarm));
  const faultOf = new Map(faults.flatMap((fault) => fault.judged.map((judged) => [judged, fault] as const)));
  return { pairs: all.map((judged) => toVerdict(judged, faultOf.get(judged))), faults };
}

/** True if the stream was decrypted in time and each frame that came was the right one. Holes are told by other metrics. */
export function isDecrypted({ verdict }: PairVerdict): boolean {
  return verdict === "good" || verdict === "gaps";
}

function toFault(group: FaultGroup, swarm: Swarm): Fault {
  const { side, sentence } = tellFault(group, swarm);
  return { cause: group.cause, side, sentence, judged: group.judged };
}

function toVerdict({ expected, verdict }: Judged, fault: Fault | undefined): PairVerdict {
  const { receiver, sender, kind } = expected;
  const told = fault === undefined ? {} : { side: fault.side, sentence: fault.sentence };
  return { receiver, sender, kind, verdict, ...told };
}

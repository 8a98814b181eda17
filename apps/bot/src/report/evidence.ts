import { type FrameCounts, NO_FRAMES } from "../model.ts";
import { type FaultGroup, receiversWithoutFault, type Scope } from "./faults.ts";
import { sum } from "./quantiles.ts";
import type { Swarm } from "./Swarm.ts";
import { counted, formatCount, nameBots, nameKinds } from "./words.ts";

/** Where to look for a fault. */
export type Side = "sender" | "sfu" | "homeserver" | "receiver" | "unclear";

/** What the sentence about a group of faulty streams is made of. */
export interface Evidence {
  readonly group: FaultGroup;
  readonly swarm: Swarm;
  readonly scope: Scope;
  /** `bot 3's sound`, `the sound of bots 3 and 4`. */
  readonly what: string;
  /** `sound`, `picture`, `sound and picture`. */
  readonly kinds: string;
  readonly senders: readonly number[];
  readonly receivers: readonly number[];
  /** `bot 7`, `all 49 receivers`, `45 of 49 receivers`. */
  readonly where: string;
  /** Receivers of the same tracks that are without this fault. */
  readonly others: number;
  /** Of all streams of the group together. */
  readonly counts: FrameCounts;
  readonly framesSent: number;
}

export function gatherEvidence(group: FaultGroup, swarm: Swarm): Evidence {
  const senders = [...new Set(group.judged.map(({ expected }) => expected.sender))];
  const receivers = [...new Set(group.judged.map(({ expected }) => expected.receiver))];
  const kinds = new Set(group.judged.map(({ expected }) => expected.kind));
  const others = receiversWithoutFault(group, swarm);
  const named = nameKinds(kinds);
  return {
    group,
    swarm,
    scope: group.scope,
    what: senders.length === 1 ? `${nameBots(senders)}'s ${named}` : `the ${named} of ${nameBots(senders)}`,
    kinds: named,
    senders,
    receivers,
    where: nameReceivers(receivers, others),
    others,
    counts: sumCounts(group),
    framesSent: senders.reduce((sum, number) => sum + swarm.framesSent(number, kinds), 0),
  };
}

function nameReceivers(receivers: readonly number[], others: number): string {
  if (receivers.length === 1) return nameBots(receivers);
  if (others === 0) return `all ${counted(receivers.length, "receiver")}`;
  return `${formatCount(receivers.length)} of ${counted(receivers.length + others, "receiver")}`;
}

/** `nobody could decrypt`, `bot 7 could not decrypt`, `45 of 49 receivers could not decrypt`. */
export function denied(evidence: Evidence, afterNobody: string, afterReceivers: string): string {
  const isNobody = evidence.others === 0 && evidence.receivers.length > 1;
  return isNobody ? `nobody ${afterNobody}` : `${evidence.where} ${afterReceivers}`;
}

/** `31 other receivers were fine`; for one pair the difference that names the side. */
export function othersWere(evidence: Evidence, singular: string, plural: string): string {
  if (evidence.others === 0) return "there is no other receiver to compare with";
  return `${counted(evidence.others, "other receiver")} ${evidence.others === 1 ? singular : plural}`;
}

function sumCounts(group: FaultGroup): FrameCounts {
  const totals = COUNTED.map(
    (name) => [name, sum(group.judged.map(({ stream }) => stream?.counts[name] ?? 0))] as const,
  );
  return { ...NO_FRAMES, ...Object.fromEntries(totals) };
}

const COUNTED = [
  "good",
  "spoiled",
  "foreign",
  "missing",
  "missingKey",
  "authFailed",
  "malformed",
  "replayed",
  "plaintext",
] as const satisfies readonly (keyof FrameCounts)[];

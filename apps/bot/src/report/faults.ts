import { groupBy } from "./groupBy.ts";
import { CAUSES, type Cause, type Judged } from "./causes.ts";
import { isListeningOn } from "./keyless.ts";
import type { Swarm } from "./Swarm.ts";

/** What the streams with one fault have in common. */
export type Scope = "all" | "sender" | "receiver" | "pair";

/** Streams with one cause that have their sender, their receiver, both or the whole run in common. */
export interface FaultGroup {
  readonly cause: Cause;
  readonly scope: Scope;
  readonly judged: readonly Judged[];
}

/** From this share of a sender's receivers on, a fault is the sender's; the same for receivers. */
const COMMON_SHARE = 0.8;
/** Above this share of all streams a fault is nobody's in particular. */
const GENERAL_SHARE = 0.5;

type KeyOf = (judged: Judged) => string;

const bySenderTrack: KeyOf = ({ expected }) => `${expected.sender} ${expected.kind}`;
const bySender: KeyOf = ({ expected }) => String(expected.sender);
const byReceiver: KeyOf = ({ expected }) => String(expected.receiver);
const byPair: KeyOf = ({ expected }) => `${expected.receiver} ${expected.sender}`;

/**
 * Groups faulty streams by whose side they point to: if nearly all receivers of a sender have the fault, it is the
 * sender's; if a receiver has it with nearly all senders, the receiver's; else it lies between the two.
 */
export function groupFaults(all: readonly Judged[]): FaultGroup[] {
  const perTrack = groupBy(all, bySenderTrack);
  const perReceiver = groupBy(all, byReceiver);
  return CAUSES.flatMap((cause) => {
    const faulty = all.filter(({ verdict }) => verdict === cause);
    if (faulty.length === 0) return [];
    if (isGeneral(faulty, all.length)) return [{ cause, scope: "all", judged: faulty }];
    const ofSenders = common(faulty, perTrack, bySenderTrack);
    const ofReceivers = common(ofSenders.rest, perReceiver, byReceiver);
    return [
      ...toGroups(cause, "sender", groupBy(ofSenders.found, bySender)),
      ...toGroups(cause, "receiver", groupBy(ofReceivers.found, byReceiver)),
      ...toGroups(cause, "pair", groupBy(ofReceivers.rest, byPair)),
    ];
  });
}

function isGeneral(faulty: readonly Judged[], total: number): boolean {
  const senders = new Set(faulty.map(bySender)).size;
  const receivers = new Set(faulty.map(byReceiver)).size;
  return senders > 1 && receivers > 1 && new Set(faulty.map(byPair)).size > 2 && faulty.length > total * GENERAL_SHARE;
}

function common(
  faulty: readonly Judged[],
  every: ReadonlyMap<string, readonly Judged[]>,
  keyOf: KeyOf,
): { readonly found: readonly Judged[]; readonly rest: readonly Judged[] } {
  const found: Judged[] = [];
  const rest: Judged[] = [];
  for (const [key, group] of groupBy(faulty, keyOf)) {
    const comparable = every.get(key) ?? [];
    const isComparable = new Set(comparable.map(byPair)).size > 1;
    (isComparable && group.length >= comparable.length * COMMON_SHARE ? found : rest).push(...group);
  }
  return { found, rest };
}

function toGroups(cause: Cause, scope: Scope, grouped: ReadonlyMap<string, readonly Judged[]>): FaultGroup[] {
  return [...grouped.values()].map((judged) => ({ cause, scope, judged }));
}

/** How many receivers of the same tracks are without the fault; those that listen on after leaving cannot be compared. */
export function receiversWithoutFault(group: FaultGroup, swarm: Swarm): number {
  const tracks = new Map(group.judged.map((judged) => [bySenderTrack(judged), judged.expected]));
  const receivers = new Set(
    [...tracks.values()]
      .flatMap(({ sender, kind }) => swarm.receiversOf(sender, kind))
      .filter((receiver) => !isListeningOn(swarm, receiver)),
  );
  for (const { expected } of group.judged) receivers.delete(expected.receiver);
  return receivers.size;
}

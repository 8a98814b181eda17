import type { Cause } from "./causes.ts";
import { forwardingStopped } from "./causes.ts";
import { denied, type Evidence, gatherEvidence, othersWere, type Side } from "./evidence.ts";
import type { FaultGroup, Scope } from "./faults.ts";
import { keylessFrames } from "./keyless.ts";
import { highest } from "./quantiles.ts";
import type { Swarm } from "./Swarm.ts";
import { capitalise, counted, formatDuration, formatShare, nameBots } from "./words.ts";

export interface Told {
  readonly side: Side;
  readonly sentence: string;
}

type ByScope<T> = Readonly<Record<Scope, T>>;

/** Says in one sentence what a group of streams suffers from, and on whose side that is. */
export function tellFault(group: FaultGroup, swarm: Swarm): Told {
  const evidence = gatherEvidence(group, swarm);
  const told = TELLERS[group.cause](evidence);
  return { side: told.side, sentence: capitalise(told.sentence) };
}

const TELLERS: Readonly<Record<Cause, (evidence: Evidence) => Told>> = {
  plaintext: tellPlaintext,
  foreign: tellForeign,
  spoiled: tellSpoiled,
  auth_failed: tellAuthFailed,
  wrong_key: tellWrongKey,
  no_key: tellNoKey,
  replayed: tellReplayed,
  no_packets: tellNoPackets,
  not_announced: tellNotAnnounced,
  not_signalled: tellNotSignalled,
  late: tellLate,
  gaps: tellGaps,
};

function tellPlaintext(e: Evidence): Told {
  const [names, send] = [nameBots(e.senders), e.senders.length === 1 ? "sends" : "send"];
  const frames = counted(e.counts.plaintext, "frame");
  return {
    side: "sender",
    sentence: `${names} ${send} without encryption: ${frames} of ${e.what} arrived readable without any key at ${e.where}.`,
  };
}

function tellForeign(e: Evidence): Told {
  const where: ByScope<string> = {
    all: "tracks and their owners are mixed up throughout",
    sender: "the SFU names the wrong owner of it",
    receiver: `${nameBots(e.receivers)} mixes up tracks`,
    pair: othersWere(e, "got the right ones", "got the right ones"),
  };
  return {
    side: bySide(e, { all: "sfu", sender: "sfu", receiver: "receiver", pair: "sfu" }),
    sentence: `${counted(e.counts.foreign, "frame")} that came as ${e.what} at ${e.where} were made by another bot: ${where[e.scope]}.`,
  };
}

function tellSpoiled(e: Evidence): Told {
  const where: ByScope<string> = {
    all: "the fault lies in what all bots have in common",
    sender: `${nameBots(e.senders)} spoils them before it encrypts`,
    receiver: `${nameBots(e.receivers)} spoils them after it decrypts`,
    pair: othersWere(e, "got them whole", "got them whole"),
  };
  return {
    side: bySide(e, { all: "unclear", sender: "sender", receiver: "receiver", pair: "receiver" }),
    sentence: `${counted(e.counts.spoiled, "frame")} of ${e.what} decrypted at ${e.where}, but the content is not what was sent: ${where[e.scope]}.`,
  };
}

function tellAuthFailed(e: Evidence): Told {
  const failed = e.counts.authFailed + e.counts.malformed;
  const share = formatShare(failed / Math.max(1, failed + e.counts.good));
  const others = othersWere(e, "could", "could");
  const where: ByScope<string> = {
    all: "so the fault lies in what all bots have in common",
    sender: `so ${nameBots(e.senders)} damages them`,
    receiver: "as do those of nearly everybody else there, so the receiver damages them",
    pair: `while ${others}, so they are damaged between the two`,
  };
  return {
    side: bySide(e, { all: "unclear", sender: "sender", receiver: "receiver", pair: "sfu" }),
    sentence: `${denied(e, "could decrypt all of", "could not decrypt all of")} ${e.what}: ${share} of its frames fail authentication${at(e)}, ${where[e.scope]}.`,
  };
}

function tellWrongKey(e: Evidence): Told {
  const where: ByScope<string> = {
    all: "so keys are handed out wrongly throughout",
    sender: `so ${nameBots(e.senders)} encrypts with another key than it gives out`,
    receiver: `so ${nameBots(e.receivers)} mixes up the keys of others`,
    pair: `while ${othersWere(e, "had the right key", "had the right key")}, so this one was given another`,
  };
  return {
    side: bySide(e, { all: "unclear", sender: "sender", receiver: "receiver", pair: "sender" }),
    sentence: `${denied(e, "could decrypt", "could not decrypt")} ${e.what} with the key that it gave: ${counted(e.counts.authFailed, "frame")} failed authentication${at(e)}, ${where[e.scope]}.`,
  };
}

function tellNoKey(e: Evidence): Told {
  const isPart = e.group.judged.some(({ stream }) => stream?.firstDecryptedAtMs !== undefined);
  const keyless = e.group.judged.reduce(
    (sum, { expected, stream }) => sum + (stream ? keylessFrames(e.swarm, expected, stream) : 0),
    0,
  );
  const lack = isPart
    ? `${denied(e, "had every key of", "lacked a key of")} ${e.what}: ${counted(keyless, "frame")} came under a key that had not arrived`
    : `${denied(e, "could decrypt", "could not decrypt")} ${e.what}: packets came, but no key`;
  return {
    side: bySide(e, { all: "homeserver", sender: "sender", receiver: "receiver", pair: "homeserver" }),
    sentence: `${lack}; ${keyTrail(e)}.`,
  };
}

/** Follows a lost key through what the sender and the receivers tell of their key messages. */
function keyTrail(e: Evidence): string {
  const sent = e.senders.reduce((sum, number) => sum + (e.swarm.bot(number)?.keys.sent ?? 0), 0);
  const rejected = e.receivers
    .flatMap((number) => Object.values(e.swarm.bot(number)?.keys.rejected ?? {}))
    .reduce((sum, count) => sum + count, 0);
  if (sent === 0) return `${nameBots(e.senders)} sent no key to anybody`;
  if (rejected > 0) return `${nameBots(e.receivers)} rejected ${counted(rejected, "key message")}`;
  const trail: ByScope<string> = {
    all: "key messages are lost throughout, so the homeserver does not hand them on",
    sender: `${nameBots(e.senders)} sent ${counted(sent, "key message")}, and none was of use`,
    receiver: "no sender's key got there, so it does not get its messages",
    pair: `${othersWere(e, "had it", "had it")}, so the key message to ${nameBots(e.receivers)} was lost`,
  };
  return trail[e.scope];
}

function tellReplayed(e: Evidence): Told {
  return {
    side: bySide(e, { all: "sfu", sender: "sender", receiver: "receiver", pair: "sfu" }),
    sentence: `${counted(e.counts.replayed, "frame")} of ${e.what} came a second time at ${e.where}, and was refused there.`,
  };
}

function tellNoPackets(e: Evidence): Told {
  const early = e.group.judged.flatMap(({ expected, stream }) =>
    stream?.lastPacketAtMs !== undefined && forwardingStopped(expected, stream)
      ? [(expected.spans.at(-1)?.toMs ?? 0) - stream.lastPacketAtMs]
      : [],
  );
  const what =
    early.length > 0
      ? `packets of ${e.what} stopped coming to ${e.where}, ${formatDuration(highest(early))} before the sender ended`
      : `no packet of ${e.what} came to ${e.where}, though it was announced`;
  if (e.framesSent === 0) return { side: "sender", sentence: `${what}: the sender made none.` };
  const where: ByScope<string> = {
    all: "the SFU forwards next to nothing",
    sender: "nothing gets from this sender through the SFU",
    receiver: "it gets next to nothing from anybody, so its connection to the SFU is broken",
    pair: `${othersWere(e, "got them", "got them")}, so the SFU does not forward this one subscription`,
  };
  return {
    side: bySide(e, { all: "sfu", sender: "sender", receiver: "receiver", pair: "sfu" }),
    sentence: `${what}: ${where[e.scope]}.`,
  };
}

function tellNotAnnounced(e: Evidence): Told {
  const isUnsent = e.framesSent === 0;
  const where: ByScope<string> = {
    all: "it announces next to nothing",
    sender: isUnsent ? "the sender never published it" : "nobody was told of it, though the sender sends",
    receiver: "it announced next to nothing there, so the receiver's connection to the SFU is broken",
    pair: othersWere(e, "was told of it", "were told of it"),
  };
  return {
    side: isUnsent ? "sender" : bySide(e, { all: "sfu", sender: "sfu", receiver: "receiver", pair: "sfu" }),
    sentence: `the SFU never announced ${e.what} to ${e.where}: ${where[e.scope]}.`,
  };
}

function tellNotSignalled(e: Evidence): Told {
  const where: ByScope<string> = {
    all: "the homeserver hands on next to no memberships",
    sender: "its membership did not get into the room",
    receiver: "it sees next to nobody, so it does not follow the room",
    pair: `${othersWere(e, "did", "did")}, so the homeserver did not tell this one`,
  };
  return {
    side: bySide(e, { all: "homeserver", sender: "sender", receiver: "receiver", pair: "homeserver" }),
    sentence: `${denied(e, "ever saw", "never saw")} ${nameBots(e.senders)} as ${e.senders.length === 1 ? "a member" : "members"} with ${e.kinds}: ${where[e.scope]}.`,
  };
}

function tellLate(e: Evidence): Told {
  const waits = e.group.judged.map(({ expected, stream }) => {
    const fromMs = expected.spans[0]?.fromMs ?? 0;
    const since = (atMs: number | undefined): number => (atMs ?? fromMs) - fromMs;
    return {
      total: since(stream?.firstDecryptedAtMs),
      key: since(stream?.firstKeyAtMs),
      packet: since(stream?.firstPacketAtMs),
    };
  });
  const worst = waits.toSorted((a, b) => b.total - a.total)[0] ?? { total: 0, key: 0, packet: 0 };
  const isKey = worst.key > worst.packet;
  const reason = isKey
    ? `a key came only after ${formatDuration(worst.key)}, so a key message was late or lost at first`
    : `the first packet came only after ${formatDuration(worst.packet)}`;
  const link = isKey ? "homeserver" : "sfu";
  return {
    side: bySide(e, { all: link, sender: "sender", receiver: "receiver", pair: link }),
    sentence: `${e.what} was decrypted at ${e.where} only after up to ${formatDuration(worst.total)}: ${reason}.`,
  };
}

function tellGaps(e: Evidence): Told {
  const longestMs = highest(e.group.judged.map(({ stream }) => stream?.longestGapMs ?? 0));
  const lost = e.counts.missing;
  const reason = lost > 0 ? `${counted(lost, "frame")} never arrived` : "the frames came, but late";
  return {
    side: bySide(e, { all: "sfu", sender: "sender", receiver: "receiver", pair: "sfu" }),
    sentence: `${e.what} had a hole of up to ${formatDuration(longestMs)} at ${e.where}: ${reason}.`,
  };
}

/** `at all 49 receivers`, unless the sentence names the one receiver already. */
function at(e: Evidence): string {
  return e.receivers.length === 1 ? "" : ` at ${e.where}`;
}

function bySide(e: Evidence, sides: ByScope<Side>): Side {
  return sides[e.scope];
}

import { median, type Run } from "../result.ts";
import { LOAD, type StackName } from "./messages.ts";
import { ReceiverProcess, type Usage } from "./ReceiverProcess.ts";
import { connectPeers, openSockets, type Sender } from "./senders.ts";

const ROUNDS = 3;
const ROUND_MS = 4_000;
const SETTLE_MS = 300;
/** A round whose receiver lost more is void. */
const MAX_LOST_SHARE = 0.01;
const STACKS = ["nodeDatachannel", "werift", "thin", "mediasoup"] as const;
const OPENERS: Readonly<Record<StackName, (process: ReceiverProcess) => Promise<Sender>>> = {
  nodeDatachannel: connectPeers,
  werift: connectPeers,
  thin: openSockets,
  mediasoup: openSockets,
};

interface Round {
  readonly usPerPacket: number;
  readonly msPerConnection: number;
  readonly kBPerConnection: number;
  readonly lostShare: number;
}

/** What receiving costs a bot: CPU for a packet and for a connection, memory; each stack in a process of its own, in turns. */
export async function botStacks(): Promise<Run> {
  const rounds: Record<StackName, Round[]> = { nodeDatachannel: [], werift: [], thin: [], mediasoup: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const stack of STACKS) rounds[stack].push(await measure(stack));
  }
  return summarise(rounds);
}

async function measure(stack: StackName): Promise<Round> {
  const process = await ReceiverProcess.start(stack);
  try {
    const idle = await process.read();
    const sender = await OPENERS[stack](process);
    await pass(SETTLE_MS);
    const before = await process.read();
    const sent = await sendFor(sender, ROUND_MS);
    await pass(SETTLE_MS);
    const after = await process.read();
    sender.close();
    return toRound(idle, before, after, sent);
  } finally {
    process.end();
  }
}

function toRound(idle: Usage, before: Usage, after: Usage, sent: number): Round {
  const packets = after.packets - before.packets;
  return {
    usPerPacket: (after.cpuUs - before.cpuUs) / packets,
    msPerConnection: (before.cpuUs - idle.cpuUs) / 1_000 / LOAD.connections,
    kBPerConnection: (before.rssBytes - idle.rssBytes) / 1_000 / LOAD.connections,
    lostShare: 1 - packets / sent,
  };
}

/** @returns how many packets were sent */
async function sendFor(sender: Sender, durationMs: number): Promise<number> {
  const startMs = performance.now();
  let number = 0;
  for (let nowMs = startMs; nowMs < startMs + durationMs; nowMs = performance.now()) {
    const due = ((nowMs - startMs) / 1_000) * LOAD.packetsPerSecond;
    while (number < due) sender.send((number += 1));
    await pass(2);
  }
  return number * LOAD.connections;
}

function pass(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function summarise(rounds: Record<StackName, Round[]>): Run {
  const all = (stack: StackName, field: keyof Round): number[] => rounds[stack].map((round) => round[field]);
  const of = (stack: StackName, field: keyof Round): number => median(all(stack, field));
  const against = (peer: StackName, field: keyof Round): { ours: number; peer: number; ratio: number } => {
    const pair = { ours: of("nodeDatachannel", field), peer: of(peer, field) };
    return { ...pair, ratio: pair.ours / pair.peer };
  };
  const faults = STACKS.flatMap((stack) =>
    all(stack, "lostShare")
      .filter((share) => share > MAX_LOST_SHARE)
      .map((share) => `${stack} lost ${(share * 100).toFixed(1)} % of its packets`),
  );
  return {
    results: [
      {
        metric: "received packet, against werift",
        unit: "us",
        ...against("werift", "usPerPacket"),
        limit: 1,
        limitOf: "ratio",
      },
      { metric: "received packet, against socket and AES-GCM in JS", unit: "us", ...against("thin", "usPerPacket") },
      { metric: "received packet, against mediasoup's worker", unit: "us", ...against("mediasoup", "usPerPacket") },
      {
        metric: "connection, against werift",
        unit: "ms",
        ...against("werift", "msPerConnection"),
        limit: 1,
        limitOf: "ratio",
      },
      { metric: "memory of a connection, against werift", unit: "kB", ...against("werift", "kBPerConnection") },
    ],
    samples: Object.fromEntries(STACKS.map((stack) => [`${stack}UsPerPacket`, all(stack, "usPerPacket")])),
    faults,
  };
}

import { Scope } from "@conclave/kit";

import { cpuOf } from "../forward/cpuOf.ts";
import type { Result, Run } from "../result.ts";
import { type SpawnedHomeserver, spawnHomeserver } from "../spawnHomeserver.ts";
import { type Algorithm, KeyedPeer } from "./KeyedPeer.ts";
import { MessageCount } from "./MessageCount.ts";

/** Of whom so many send something. */
const SENDERS = 10;
const PEOPLE = Number(process.env["KEYS_PEOPLE"] ?? 200);
/** The reference has each member send to each: its cost in a crowd is reckoned from a smaller one. */
const REFERENCE_PEOPLE = Number(process.env["KEYS_REFERENCE_PEOPLE"] ?? 40);
const POLL_MS = 10;
const PATIENCE_MS = 180_000;
const BATCH = 10;

interface Leave {
  readonly people: number;
  /** All: those with new keys, confirmations, and what is handed out for the next joiner. */
  readonly messages: number;
  readonly keyMessages: number;
  readonly requests: number;
  readonly bytes: number;
  readonly clientCpuMs: number;
  readonly homeserverCpuMs: number;
  readonly allKeysMs: number;
}

/** P6 and P7: what it costs, and how long it takes, to answer one leave with new keys. */
export async function keys(): Promise<Run> {
  const homeserver = await spawnHomeserver();
  try {
    const ours = await leave("ours", PEOPLE, homeserver);
    const small = await leave("ours", REFERENCE_PEOPLE, homeserver);
    const reference = await leave("reference", REFERENCE_PEOPLE, homeserver);
    return {
      results: [...table(small, reference), ...table(ours, scaled(reference, PEOPLE))],
      samples: {},
      faults: [],
    };
  } finally {
    homeserver.kill();
  }
}

/** Messages grow with the square of the members, and so does what each of them costs. Not measured. */
function scaled(small: Leave, people: number): Leave {
  const factor = ((people - 1) * (people - 2)) / ((small.people - 1) * (small.people - 2));
  const { keyMessages, messages, requests, bytes, clientCpuMs, homeserverCpuMs } = small;
  return {
    people,
    messages: Math.round(messages * factor),
    keyMessages: Math.round(keyMessages * factor),
    requests: Math.round((requests * people) / small.people),
    bytes: Math.round(bytes * factor),
    clientCpuMs: clientCpuMs * factor,
    homeserverCpuMs: homeserverCpuMs * factor,
    allKeysMs: Number.NaN,
  };
}

function table(ours: Leave, peer: Leave): Result[] {
  const line = (what: string, unit: string, read: (leave: Leave) => number): Result => ({
    metric: `one of ${ours.people} leaves, ${SENDERS} send: ${what}`,
    unit,
    ours: read(ours),
    ...(Number.isFinite(read(peer)) && { peer: read(peer), ratio: read(ours) / read(peer) }),
  });
  return [
    // quality.md P7: what everybody who sends must give to everybody who stays.
    {
      ...line("messages with the new keys", "", (leave) => leave.keyMessages),
      limit: SENDERS * ours.people,
      limitOf: "ours",
    },
    line("all messages", "", (leave) => leave.messages),
    line("requests", "", (leave) => leave.requests),
    line("bytes", "kB", (leave) => leave.bytes / 1_000),
    line("CPU of all clients", "ms", (leave) => leave.clientCpuMs),
    line("CPU of the homeserver", "ms", (leave) => leave.homeserverCpuMs),
    line("until every receiver holds every new key", "ms", (leave) => leave.allKeysMs),
  ];
}

async function leave(algorithm: Algorithm, people: number, homeserver: SpawnedHomeserver): Promise<Leave> {
  const scope = new Scope();
  const count = new MessageCount();
  const linkId = `keys-${algorithm}-${people}`;
  const options = { homeserverUrl: homeserver.url, linkId, algorithm, count };
  try {
    const peers = await gather(options, people, scope);
    const [leaver, ...staying] = peers;
    const senders = staying.slice(0, algorithm === "ours" ? SENDERS : people - 1);
    for (const sender of senders) sender.isSending.set(true);
    const all = (): boolean =>
      senders.every((sender) => staying.every((peer) => peer === sender || peer.holdsKeyOf(sender)));
    const isQuiet = (): boolean =>
      senders.every(({ keys }) => keys?.pairs.get().every(({ ours }) => ours.state === "confirmed") ?? true);
    await until("all have the first keys", () => all() && senders.every((sender) => leaver!.holdsKeyOf(sender)));
    await until("all keys are confirmed", isQuiet);
    const known = new Map(senders.map((sender) => [sender, sender.inUse]));
    count.reset();
    const before = { us: process.cpuUsage(), homeserver: await cpuOf(homeserver.processId) };
    const fromMs = performance.now();
    await leaver!.session.leave();
    await until("all have new keys", () => senders.every((sender) => sender.inUse !== known.get(sender)) && all());
    const allKeysMs = performance.now() - fromMs;
    await until("all new keys are confirmed", isQuiet);
    const spent = process.cpuUsage(before.us);
    return {
      people,
      messages: count.messages,
      keyMessages: sum(senders.map((sender) => sender.sent.get(sender.inUse ?? "") ?? 0)),
      requests: count.requests,
      bytes: count.bytes,
      clientCpuMs: (spent.user + spent.system) / 1_000,
      homeserverCpuMs: ((await cpuOf(homeserver.processId)) - before.homeserver) / 1_000,
      allKeysMs,
    };
  } finally {
    await scope.end();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

type PeerOptions = Parameters<typeof KeyedPeer.open>[0];

async function gather(options: PeerOptions, people: number, scope: Scope): Promise<KeyedPeer[]> {
  const host = await openHost(options, scope);
  const peers = [host];
  while (peers.length < people) {
    const batch = Math.min(BATCH, people - peers.length);
    peers.push(...(await Promise.all(Array.from({ length: batch }, () => KeyedPeer.open(options, scope.child())))));
  }
  for (const peer of peers) await peer.join();
  await until("everybody sees everybody", () => peers.every(({ members }) => members === people));
  return peers;
}

/** The first one makes the room. */
async function openHost(options: PeerOptions, scope: Scope): Promise<KeyedPeer> {
  await KeyedPeer.makeRoom(options, scope.child());
  return KeyedPeer.open(options, scope.child());
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

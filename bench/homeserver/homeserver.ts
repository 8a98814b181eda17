import { MatrixUser } from "../MatrixUser.ts";
import { median, percentile, type Run } from "../result.ts";
import { spawnHomeserver } from "../spawnHomeserver.ts";
import { cpuMsOf, crowd, type Crowd } from "./crowd.ts";
import { spawnBareHttp } from "./spawnBareHttp.ts";
import { CALL_MEMBER, type SyncClient, syncClient, type Way } from "./syncClients.ts";

const PEOPLE = 100;
const SENDERS = 8;
/** Of each sender, one message to everybody each: key rotations of a big call. */
const BATCHES = 25;
const FAN_OUT_ROUNDS = 40;
const WARM_UP_ROUNDS = 5;
const SETTLING_TRIPS = 20;
/** An encrypted media key. */
const CONTENT = { algorithm: "m.olm.v1.curve25519-aes-sha2", sender_key: "x".repeat(43), ciphertext: "x".repeat(700) };
/** 10,000 messages a second. */
const LIMIT_US = 100;

/** P12: to-device messages taken and delivered, and how fast a change reaches everybody, beside bare HTTP. */
export async function homeserver(): Promise<Run> {
  const [server, bare] = await Promise.all([spawnHomeserver(), spawnBareHttp()]);
  try {
    const users: MatrixUser[] = [];
    for (let n = 0; n < PEOPLE; n++) users.push(await MatrixUser.register(server.url, `person-${n}`, "p"));
    const roomId = await enter(users);
    const keys = await rotate(users, roomId);
    const bareMs = await timeBareBatches(bare.url);
    const fanOut = {
      filtered: await fanOutMs(users, "filtered", roomId),
      sliding: await fanOutMs(users, "sliding", roomId),
      bare: await bareFanOutMs(bare.url),
    };
    return describe({ keys, bareMs, fanOut, come: await crowd(server.url, cpuMsOf(server.processId)) });
  } finally {
    server.kill();
    bare.kill();
  }
}

interface Rotation {
  readonly messages: number;
  readonly acceptedMs: number;
  readonly deliveredMs: number;
}

type FanOut = Readonly<Record<"filtered" | "sliding" | "bare", readonly number[]>>;

interface Findings {
  readonly keys: Rotation;
  readonly bareMs: number;
  readonly fanOut: FanOut;
  readonly come: Crowd;
}

function describe({ keys, bareMs, fanOut, come }: Findings): Run {
  const perMessage = (ms: number): number => (ms * 1_000) / keys.messages;
  const floor = perMessage(bareMs);
  const line = (metric: string, ms: number): Run["results"][number] => ({
    metric,
    unit: "µs per message",
    ours: perMessage(ms),
    floor,
    ratio: perMessage(ms) / floor,
    limit: LIMIT_US,
    limitOf: "ours",
  });
  const spread = (metric: string, samples: readonly number[], share: number): Run["results"][number] => ({
    metric,
    unit: "ms",
    ours: percentile(samples, share),
    floor: percentile(fanOut.bare, share),
    ratio: percentile(samples, share) / percentile(fanOut.bare, share),
  });
  return {
    results: [
      line("to-device, accepted", keys.acceptedMs),
      line("to-device, delivered", keys.deliveredMs),
      { metric: "to-device, delivered", unit: "per second", ours: (keys.messages / keys.deliveredMs) * 1_000 },
      spread(`a change to ${PEOPLE} by /sync, p50`, fanOut.filtered, 0.5),
      spread(`a change to ${PEOPLE} by /sync, p99`, fanOut.filtered, 0.99),
      spread(`a change to ${PEOPLE} by sliding sync, p50`, fanOut.sliding, 0.5),
      spread(`a change to ${PEOPLE} by sliding sync, p99`, fanOut.sliding, 0.99),
      come.result,
    ],
    samples: {
      ...fanOut,
      "crowd, sliding": come.samples.sliding,
      "crowd, filtered": come.samples.filtered,
      medians: [median(fanOut.filtered), median(fanOut.sliding), median(fanOut.bare)],
    },
    faults: [],
  };
}

async function enter(users: readonly MatrixUser[]): Promise<string> {
  const [host, ...others] = users;
  const levels = { events: { [CALL_MEMBER]: 0 } };
  const roomId = (await host?.createRoom({ power_level_content_override: levels })) ?? "";
  for (const user of others) await user.join(roomId);
  return roomId;
}

/** Some send to all at once, and all listen. */
async function rotate(users: readonly MatrixUser[], roomId: string): Promise<Rotation> {
  const clients = users.map((user) => syncClient("filtered", user, roomId));
  for (const client of clients) await client.next();
  const expected = SENDERS * BATCHES;
  const startedAtMs = performance.now();
  const delivered = Promise.all(clients.map((client) => receive(client, expected)));
  const senders = users.slice(0, SENDERS);
  await Promise.all(senders.map((sender) => repeat(BATCHES, () => sender.sendToDevices(users, CONTENT))));
  const acceptedMs = performance.now() - startedAtMs;
  await delivered;
  return { messages: expected * users.length, acceptedMs, deliveredMs: performance.now() - startedAtMs };
}

async function receive(client: SyncClient, expected: number): Promise<void> {
  for (let count = 0; count < expected;) count += (await client.next()).toDevice;
}

/** The same requests and bodies to a server that does nothing with them. */
async function timeBareBatches(url: string): Promise<number> {
  const body = JSON.stringify({
    messages: Object.fromEntries(
      Array.from({ length: PEOPLE }, (_, n) => [`@person-${n}:localhost`, { DEVICE: CONTENT }]),
    ),
  });
  const send = async (): Promise<void> => {
    await (await fetch(`${url}/send`, { method: "PUT", body })).text();
  };
  await Promise.all(Array.from({ length: SENDERS }, () => repeat(BATCHES, send)));
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, () => repeat(BATCHES, send)));
  return performance.now() - startedAtMs;
}

async function repeat(times: number, act: () => Promise<void>): Promise<void> {
  for (let n = 0; n < times; n++) await act();
}

/** From a membership written by one to the answers that all others were waiting for. */
async function fanOutMs(users: readonly MatrixUser[], way: Way, roomId: string): Promise<number[]> {
  const [writer, ...others] = users;
  const listeners = others.map((user) => syncClient(way, user, roomId));
  for (const client of listeners) await client.next();
  const taken: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + FAN_OUT_ROUNDS; round++) {
    const waiting = listeners.map((client) => client.next().then(() => performance.now()));
    // Some round trips later all requests are at the server.
    for (let trip = 0; trip < SETTLING_TRIPS; trip++) await writer?.ask("GET", "/account/whoami");
    const startedAtMs = performance.now();
    await writer?.ask("PUT", `/rooms/${encodeURIComponent(roomId)}/state/${CALL_MEMBER}/_${round}`, {
      nonce: crypto.randomUUID(),
    });
    const arrivedAtMs = await Promise.all(waiting);
    if (round >= WARM_UP_ROUNDS) taken.push(...arrivedAtMs.map((atMs) => atMs - startedAtMs));
  }
  return taken;
}

async function bareFanOutMs(url: string): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + FAN_OUT_ROUNDS; round++) {
    const waiting = Array.from({ length: PEOPLE - 1 }, async () => {
      await (await fetch(`${url}/wait`)).json();
      return performance.now();
    });
    await (await fetch(`${url}/held/${PEOPLE - 1}`)).text();
    const startedAtMs = performance.now();
    await (await fetch(`${url}/release`, { method: "PUT", body: "{}" })).text();
    const arrivedAtMs = await Promise.all(waiting);
    if (round >= WARM_UP_ROUNDS) taken.push(...arrivedAtMs.map((atMs) => atMs - startedAtMs));
  }
  return taken;
}

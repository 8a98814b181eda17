import { cpuOf } from "../forward/cpuOf.ts";
import { MatrixUser } from "../MatrixUser.ts";
import { median, type Result } from "../result.ts";
import { CALL_MEMBER, type SyncClient, syncClient, type Way } from "./syncClients.ts";

const PEOPLE = 30;
const ROUNDS = 5;
const WARM_UP_ROUNDS = 1;
/** A body that has to be read and checked makes each question a little dearer; the answers must not be. */
const LIMIT = 1.25;
/** An encrypted media key. */
const KEY = { algorithm: "m.olm.v1.curve25519-aes-sha2", sender_key: "x".repeat(43), ciphertext: "x".repeat(700) };

export interface Crowd {
  readonly result: Result;
  readonly samples: Readonly<Record<Way, readonly number[]>>;
}

/** CPU time of the homeserver while thirty come into a call one by one, then each sends its key to all others. */
export async function crowd(url: string, cpuMs: () => Promise<number>): Promise<Crowd> {
  const samples: Record<Way, number[]> = { sliding: [], filtered: [] };
  const users: MatrixUser[] = [];
  for (let n = 0; n < PEOPLE; n++) users.push(await MatrixUser.register(url, `crowd-${n}`, "p"));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    // In turns, so that both meet the same machine.
    for (const way of ["sliding", "filtered"] as const) {
      const ms = await comeIn(users, way, cpuMs);
      if (round >= WARM_UP_ROUNDS) samples[way].push(ms);
    }
  }
  const [ours, peer] = [median(samples.sliding), median(samples.filtered)];
  const metric = `${PEOPLE} come into a call, sliding sync beside /sync`;
  return {
    result: { metric, unit: "ms of CPU", ours, peer, ratio: ours / peer, limit: LIMIT, limitOf: "ratio" },
    samples,
  };
}

/** CPU time of a process. */
export function cpuMsOf(processId: number): () => Promise<number> {
  return async () => (await cpuOf(processId)) / 1_000;
}

async function comeIn(users: readonly MatrixUser[], way: Way, cpuMs: () => Promise<number>): Promise<number> {
  const [host] = users;
  if (!host) throw new Error("Nobody is there");
  const roomId = await host.createRoom({
    initial_state: [{ type: "m.room.history_visibility", state_key: "", content: { history_visibility: "joined" } }],
    power_level_content_override: { events: { [CALL_MEMBER]: 0 } },
  });
  const before = await cpuMs();
  const listening = users.map((user) => listen(user, way, { roomId, users }));
  for (const user of users) await enter(user, roomId);
  await Promise.all(listening);
  const after = await cpuMs();
  for (const user of users) await user.leave(roomId);
  return after - before;
}

interface Call {
  readonly roomId: string;
  readonly users: readonly MatrixUser[];
}

/** Hears of everybody who comes, and sends a key to all as soon as all are there. */
async function listen(user: MatrixUser, way: Way, { roomId, users }: Call): Promise<void> {
  const others = users.filter((other) => other !== user);
  const client = syncClient(way, user, roomId);
  const members = new Set<string>();
  let received = 0;
  while (members.size < users.length) received += await hear(client, members);
  const sending = user.sendToDevices(others, KEY);
  while (received < others.length) received += await hear(client, members);
  await sending;
}

async function hear(client: SyncClient, members: Set<string>): Promise<number> {
  const { memberKeys, toDevice } = await client.next();
  for (const key of memberKeys) members.add(key);
  return toDevice;
}

async function enter(user: MatrixUser, roomId: string): Promise<void> {
  await user.join(roomId);
  await user.writeMembership(roomId);
}

import type { MatrixHttpOptions } from "@conclave/call";
import { openMatrixHttp } from "@conclave/call/matrixHttp";
import { Scope, Secret, silentLogger, until } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";

import { MatrixUser } from "../MatrixUser.ts";
import { median, type Result, type Run } from "../result.ts";
import { spawnHomeserver } from "../spawnHomeserver.ts";
import { CountedFetch } from "./CountedFetch.ts";

const ROUNDS = 15;
const WARM_UP_ROUNDS = 3;
const PEOPLE = 12;
const MESSAGES = 60;
/** Rooms of somebody who uses the account for more than calls. */
const OTHER_ROOMS = 40;
const MESSAGES_ELSEWHERE = 20;
const PASSWORD = "correct horse battery staple";
/** Another homeserver with open registration, such as Synapse, to run the same against. */
const PEER_URL = process.env["SYNC_JOIN_HOMESERVER"];

type Way = "sliding" | "filtered";
type Story = "guest" | "account";

const TURNS: readonly (readonly [Story, Way])[] = [
  ["guest", "sliding"],
  ["guest", "filtered"],
  ["account", "sliding"],
  ["account", "filtered"],
];

interface Place {
  readonly url: string;
  readonly linkId: string;
  readonly roomId: RoomId;
  readonly accountName: string;
}

interface Sample {
  readonly ms: number;
  readonly requests: number;
  readonly upBytes: number;
  readonly downBytes: number;
}

/**
 * From the account to the room: what the two ways of syncing cost. A guest opens the link of a chatty room with a call in
 * it; somebody with many rooms logs in and looks at that room.
 */
export async function syncJoin(): Promise<Run> {
  const embedded = await spawnHomeserver();
  try {
    const runs = [await measureAt("embedded", embedded.url)];
    if (PEER_URL !== undefined) runs.push(await measureAt("peer", PEER_URL));
    return {
      results: runs.flatMap(({ results }) => results),
      samples: Object.assign({}, ...runs.map(({ samples }) => samples)) as Run["samples"],
      faults: [],
    };
  } finally {
    embedded.kill();
  }
}

async function measureAt(name: string, url: string): Promise<Run> {
  const place = await furnish(url);
  const taken = new Map<string, Sample[]>();
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    // In turns, so that all meet the same machine.
    for (const [story, way] of TURNS) {
      const sample = await arrive(place, story, way);
      if (round >= WARM_UP_ROUNDS) taken.set(`${story} ${way}`, [...(taken.get(`${story} ${way}`) ?? []), sample]);
    }
  }
  const results = (["guest", "account"] as const).flatMap((story) =>
    (["ms", "requests", "upBytes", "downBytes"] as const).map((field) => describe(name, story, { field, taken })),
  );
  const samples = Object.fromEntries(
    [...taken].map(([key, values]) => [`${name} ${key} ms`, values.map(({ ms }) => ms)]),
  );
  return { results, samples, faults: [] };
}

const WHAT: Readonly<Record<Story, string>> = {
  guest: "guest opens a link",
  account: `account with ${OTHER_ROOMS} rooms`,
};
const UNITS = { ms: "ms", requests: "requests", upBytes: "bytes up", downBytes: "bytes down" } as const;

/** Sliding sync beside the filtered one. */
function describe(
  server: string,
  story: Story,
  { field, taken }: { readonly field: keyof Sample; readonly taken: ReadonlyMap<string, readonly Sample[]> },
): Result {
  const of = (way: Way): number => median((taken.get(`${story} ${way}`) ?? []).map((sample) => sample[field]));
  const [ours, peer] = [of("sliding"), of("filtered")];
  return { metric: `${server}, ${WHAT[story]}`, unit: UNITS[field], ours, peer, ratio: ours / peer };
}

/** A call room that is chatted in, and an account with many other rooms. */
async function furnish(url: string): Promise<Place> {
  const tag = crypto.randomUUID().slice(0, 8);
  const linkId = `bench-${tag}`;
  const accountName = `bench-account-${tag}`;
  const [host, ...others] = await register(url, PEOPLE, tag);
  if (!host) throw new Error("Nobody has registered");
  const account = await MatrixUser.register(url, accountName, PASSWORD);
  for (let n = 0; n < OTHER_ROOMS; n++) {
    const elsewhere = await host.createRoom({ name: `Room ${n}` });
    await account.join(elsewhere);
    for (let said = 0; said < MESSAGES_ELSEWHERE; said++) await host.send(elsewhere, `Message ${said} of room ${n}`);
    await host.writeMembership(elsewhere);
  }
  const roomId = await host.createRoom({
    room_alias_name: linkId,
    name: "Standup",
    initial_state: [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }],
    power_level_content_override: { events: { "org.matrix.msc3401.call.member": 0 } },
  });
  for (const user of [...others, account]) await user.join(roomId);
  for (const user of [host, ...others]) await user.writeMembership(roomId);
  for (let said = 0; said < MESSAGES; said++) await host.send(roomId, `A message of the usual length, number ${said}`);
  return { url, linkId, roomId: roomId as RoomId, accountName };
}

async function register(url: string, count: number, tag: string): Promise<MatrixUser[]> {
  const users: MatrixUser[] = [];
  for (let n = 0; n < count; n++) users.push(await MatrixUser.register(url, `bench-${tag}-${n}`, PASSWORD));
  return users;
}

async function arrive({ url, linkId, roomId, accountName }: Place, story: Story, way: Way): Promise<Sample> {
  const scope = new Scope();
  const counted = new CountedFetch();
  const options: MatrixHttpOptions = {
    homeserverUrl: url,
    account: { load: () => Promise.resolve(undefined), save: () => Promise.resolve(), clear: () => Promise.resolve() },
    cryptoStoreName: "bench",
    fetch: counted.fetch,
    logger: silentLogger,
    sync: way,
    ...(story === "account" && {
      login: { type: "password", user: accountName, password: new Secret(PASSWORD) } as const,
    }),
  };
  const session = await openMatrixHttp(options, scope);
  const known = story === "guest" ? await session.joinByLink(linkId) : roomId;
  await until(scope, session.watchRoom(known, scope), (view) => (view?.callMembers.length ?? 0) >= PEOPLE);
  const sample = { ms: counted.elapsedMs, ...counted.cost };
  await session.cryptoReady;
  await scope.end();
  return sample;
}

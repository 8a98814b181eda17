import { randomBytes } from "node:crypto";

import { cpuOf } from "../forward/cpuOf.ts";
import { median, percentile, type Result, type Run } from "../result.ts";
import { type Ask, askAtRate, askMany } from "./askForTokens.ts";
import { residentBytes, spawnFile, spawnService, type SpawnedService } from "./spawnProgram.ts";

const ROUNDS = 7;
const TOKENS_PER_ROUND = 6000;
const AT_ONCE = 32;
/** 0.75 of the floor's tokens for each second of a core. */
const LIMIT_RATIO = 1 / 0.75;
const RATE_PER_SECOND = 2000;
const RATE_SECONDS = 5;
/** Connections are opened, and code that is new to the engine is compiled. */
const WARM_UP_SECONDS = 5;
const WARM_UP_PER_SECOND = 500;
const LIMIT_P99_MS = 10;
const FLOOD_PER_SECOND = 5000;
const FLOOD_SECONDS = 6;
const OTHERS_PER_SECOND = 50;
const LIMIT_OTHERS_MS = 50;
const LIMIT_GROWTH_MIB = 20;
const STARTS = 7;
const MIB = 1024 * 1024;
const NO_LIMITS = {
  CONCLAVE_JWT_USER_PER_MINUTE: "0",
  CONCLAVE_JWT_SERVER_PER_MINUTE: "0",
  CONCLAVE_JWT_REQUESTS_PER_SECOND: "0",
};

/** Where one kind of server is, and how it is asked. */
interface Subject {
  readonly processId: number;
  readonly ask: Ask;
}

/** P9: what a token costs beside a bare handler, how long it takes at a rate, and what a flood does to others. */
export async function tokens(): Promise<Run> {
  const secrets = { LIVEKIT_KEY: "bench", LIVEKIT_SECRET: randomBytes(32).toString("hex") };
  const around = await spawnFile("surroundings.ts", "places", secrets);
  const [own = "", flooder = "", sfu = ""] = around.said.split(" ");
  const environment = { ...secrets, LIVEKIT_URL: sfu };
  const asked = (url: string): Ask => ({ url, serverName: own, user: "alice" });
  try {
    const starts = await timeStarts(environment, own);
    const memory = await spawnPair(environment, {}, "ourTokens.ts", asked);
    const cached = await measure(memory);
    await memory.kill();
    const network = await spawnNetworkPair(environment, own, asked);
    const uncached = await measure(network);
    await network.kill();
    const flood = await measureFlood(environment, own, flooder);
    return describe(cached, uncached, flood, starts);
  } finally {
    await around.kill();
  }
}

interface Pair {
  readonly ours: Subject;
  readonly floor: Subject;
  kill(): Promise<void>;
}

/** Our program as it is deployed. Users of `fullAccess` make rooms, so the SFU is asked for each of their tokens. */
function deployed(
  environment: NodeJS.ProcessEnv,
  fullAccess: string,
  more: NodeJS.ProcessEnv = {},
): Promise<SpawnedService> {
  return spawnService({
    ...environment,
    LIVEKIT_FULL_ACCESS_HOMESERVERS: fullAccess,
    LIVEKIT_INSECURE_SKIP_VERIFY_TLS: "YES_I_KNOW_WHAT_I_AM_DOING",
    CONCLAVE_JWT_SELF_CHECK: "off",
    ...more,
  });
}

async function spawnPair(
  environment: NodeJS.ProcessEnv,
  bareEnvironment: NodeJS.ProcessEnv,
  file: string,
  asked: (url: string) => Ask,
): Promise<Pair> {
  const [ours, bare] = [
    await spawnFile(file, "port", environment),
    await spawnFile("bareTokens.ts", "port", { ...environment, ...bareEnvironment }),
  ];
  return {
    ours: { processId: ours.processId, ask: asked(`http://127.0.0.1:${ours.said}`) },
    floor: { processId: bare.processId, ask: asked(`http://127.0.0.1:${bare.said}`) },
    kill: async () => void (await Promise.all([ours.kill(), bare.kill()])),
  };
}

async function spawnNetworkPair(
  environment: NodeJS.ProcessEnv,
  own: string,
  asked: (url: string) => Ask,
): Promise<Pair> {
  // Full access: both ask the homeserver and make the room on the SFU.
  const service = await deployed(environment, own, NO_LIMITS);
  const calls = { LOOK_UP_URL: `https://${own}`, ROOM_URL: environment["LIVEKIT_URL"]?.replace(/^ws/, "http") };
  const bare = await spawnFile("bareTokens.ts", "port", { ...environment, ...calls });
  return {
    ours: { processId: service.processId, ask: asked(service.url) },
    floor: { processId: bare.processId, ask: asked(`http://127.0.0.1:${bare.said}`) },
    kill: async () => void (await Promise.all([service.kill(), bare.kill()])),
  };
}

interface Measured {
  readonly oursUs: readonly number[];
  readonly floorUs: readonly number[];
  readonly oursMs: readonly number[];
  readonly floorMs: readonly number[];
  readonly faults: readonly string[];
}

/** CPU time for each token, in turns; then the time to an answer at a rate. */
async function measure({ ours, floor }: Pair): Promise<Measured> {
  const faults: string[] = [];
  const usPerToken = async ({ processId, ask }: Subject): Promise<number> => {
    const beforeUs = await cpuOf(processId);
    const statuses = await askMany(ask, TOKENS_PER_ROUND, AT_ONCE);
    const spentUs = (await cpuOf(processId)) - beforeUs;
    if (statuses.get(200) !== TOKENS_PER_ROUND) faults.push(`answers ${JSON.stringify([...statuses])}`);
    return spentUs / TOKENS_PER_ROUND;
  };
  const [oursUs, floorUs]: [number[], number[]] = [[], []];
  for (const subject of [ours, floor]) await usPerToken(subject);
  for (let round = 0; round < ROUNDS; round++) {
    oursUs.push(await usPerToken(ours));
    floorUs.push(await usPerToken(floor));
  }
  const tookMs = async ({ ask }: Subject): Promise<readonly number[]> => {
    for (const perSecond of [WARM_UP_PER_SECOND, RATE_PER_SECOND]) {
      await askAtRate(() => ask, perSecond, WARM_UP_SECONDS);
    }
    const answers = await askAtRate(() => ask, RATE_PER_SECOND, RATE_SECONDS);
    return answers.map(({ tookMs }) => tookMs);
  };
  return { oursUs, floorUs, oursMs: await tookMs(ours), floorMs: await tookMs(floor), faults };
}

interface Flooded {
  readonly calmMs: readonly number[];
  readonly othersMs: readonly number[];
  readonly grownMib: number;
  readonly refusedShare: number;
  readonly faults: readonly string[];
}

/** One homeserver's users ask without end; those of another want a token each now and then. */
async function measureFlood(environment: NodeJS.ProcessEnv, own: string, flooder: string): Promise<Flooded> {
  const service = await deployed(environment, own);
  try {
    const others = (index: number): Ask => ({ url: service.url, serverName: own, user: `bob-${index}` });
    await askAtRate((index) => others(100_000 + index), WARM_UP_PER_SECOND, WARM_UP_SECONDS);
    const calm = await askAtRate(others, OTHERS_PER_SECOND, RATE_SECONDS);
    const beforeBytes = await residentBytes(service.processId);
    const settings = { PER_SECOND: String(FLOOD_PER_SECOND), SECONDS: String(FLOOD_SECONDS) };
    const flooding = await spawnFile("flood.ts", "begun", { URL: service.url, SERVER_NAME: flooder, ...settings });
    const answers = await askAtRate((index) => others(10_000 + index), OTHERS_PER_SECOND, FLOOD_SECONDS);
    const statuses = JSON.parse(await flooding.says("statuses")) as Record<string, number>;
    const grownMib = ((await residentBytes(service.processId)) - beforeBytes) / MIB;
    const refused = answers.filter(({ status }) => status !== 200).length;
    return {
      calmMs: calm.map(({ tookMs }) => tookMs),
      othersMs: answers.map(({ tookMs }) => tookMs),
      grownMib,
      refusedShare: (statuses["429"] ?? 0) / (FLOOD_PER_SECOND * FLOOD_SECONDS),
      faults: refused === 0 ? [] : [`${refused} of the others were refused`],
    };
  } finally {
    await service.kill();
  }
}

interface Starts {
  readonly ms: readonly number[];
  readonly mib: readonly number[];
}

async function timeStarts(environment: NodeJS.ProcessEnv, own: string): Promise<Starts> {
  const [ms, mib]: [number[], number[]] = [[], []];
  for (let start = 0; start <= STARTS; start++) {
    const service = await deployed(environment, own);
    const bytes = await residentBytes(service.processId);
    await service.kill();
    // The first start of a checkout translates the sources.
    if (start === 0) continue;
    ms.push(service.startMs);
    mib.push(bytes / MIB);
  }
  return { ms, mib };
}

function cost(metric: string, { oursUs, floorUs }: Measured): Result {
  const [ours, floor] = [median(oursUs), median(floorUs)];
  return { metric, unit: "µs of CPU", ours, floor, ratio: ours / floor, limit: LIMIT_RATIO, limitOf: "ratio" };
}

function latency(metric: string, { oursMs, floorMs }: Measured): Result {
  const [ours, floor] = [percentile(oursMs, 0.99), percentile(floorMs, 0.99)];
  return { metric, unit: "ms", ours, floor, limit: LIMIT_P99_MS, limitOf: "ours" };
}

function describe(cached: Measured, uncached: Measured, flood: Flooded, starts: Starts): Run {
  const others = percentile(flood.othersMs, 0.99);
  const calm = percentile(flood.calmMs, 0.99);
  return {
    results: [
      cost("a token, look-up in the process", cached),
      cost("a token, look-up over TLS", uncached),
      latency(`${RATE_PER_SECOND}/s, look-up in the process, p99`, cached),
      latency(`${RATE_PER_SECOND}/s, look-up over TLS, p99`, uncached),
      {
        metric: `others during ${FLOOD_PER_SECOND}/s by one server, p99`,
        unit: "ms",
        ours: others,
        floor: calm,
        limit: LIMIT_OTHERS_MS,
        limitOf: "ours",
      },
      {
        metric: "memory grown by the flood",
        unit: "MiB",
        ours: flood.grownMib,
        limit: LIMIT_GROWTH_MIB,
        limitOf: "ours",
      },
      { metric: "share of the flood that was told to wait (429)", unit: "of 1", ours: flood.refusedShare },
      { metric: "start, to the first answer", unit: "ms", ours: median(starts.ms) },
      { metric: "memory after the start", unit: "MiB", ours: median(starts.mib) },
    ],
    samples: {
      cachedUs: cached.oursUs,
      cachedFloorUs: cached.floorUs,
      uncachedUs: uncached.oursUs,
      uncachedFloorUs: uncached.floorUs,
      othersMs: flood.othersMs,
      startMs: starts.ms,
    },
    faults: [...cached.faults, ...uncached.faults, ...flood.faults],
  };
}

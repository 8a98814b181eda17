import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startConclave, type Conclave } from "@conclave/conclave";
import {
  callInProcess,
  createJwtService,
  delayedEventsOverHttp,
  LookUpFault,
  sfuOverTwirp,
  type JwtService,
} from "@conclave/jwt-service";
import { silentLogger, systemClock } from "@conclave/kit";

import { createRoom, type MadeRoom, type RoomToMake } from "../createRoom.ts";
import { freePort } from "../spawnStack.ts";
import { FaultProxy } from "./FaultProxy.ts";
import { serveFetch, type ServedFetch } from "./serveFetch.ts";
import { SpawnedHomeserver } from "./SpawnedHomeserver.ts";

const JWT_PREFIX = "/livekit/jwt";
const SFU_PREFIX = "/livekit/sfu";
const OF_THE_HOMESERVER = /^\/(_matrix|\.well-known\/matrix)\//;

interface Installation {
  readonly serverName: string;
  readonly livekitKey: string;
  readonly livekitSecret: string;
}

interface SplitParts {
  readonly proxy: FaultProxy;
  readonly homeserver: SpawnedHomeserver;
  readonly conclave: Conclave;
  readonly jwtService: JwtService;
  readonly jwt: ServedFetch;
  readonly dataDir: string;
}

/**
 * One installation as operators run it on several machines: the homeserver is a process that can be killed alone, the
 * authorisation service stands by itself, and SFU and web app are `conclave up`'s. A fault proxy is the one origin.
 */
export class SplitStack {
  readonly url: string;
  readonly proxy: FaultProxy;
  readonly homeserver: SpawnedHomeserver;
  readonly #parts: SplitParts;

  private constructor(parts: SplitParts) {
    this.url = parts.proxy.url;
    this.proxy = parts.proxy;
    this.homeserver = parts.homeserver;
    this.#parts = parts;
  }

  static async start(): Promise<SplitStack> {
    const dataDir = await mkdtemp(join(tmpdir(), "conclave-split-"));
    const conclave = await startConclave({
      host: "127.0.0.1",
      port: 0,
      mediaPort: 0,
      announce: [],
      dataDir,
      workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
    });
    const installation = JSON.parse(await readFile(join(dataDir, "installation.json"), "utf8")) as Installation;
    const { serverName } = installation;
    const port = await freePort();
    const originOf = (target: string): string => {
      if (OF_THE_HOMESERVER.test(target)) return homeserver.url;
      return target.startsWith(JWT_PREFIX) ? jwt.origin : conclave.url;
    };
    const proxy = await FaultProxy.start(originOf);
    const jwtService = startJwtService(installation, { proxyUrl: proxy.url, conclave, askAt: () => homeserver.url });
    const jwt = await serveFetch((request, address) => jwtService.fetch(withoutPrefix(request, JWT_PREFIX), address));
    const homeserver = new SpawnedHomeserver({
      port,
      databasePath: join(dataDir, "split.sqlite"),
      publicUrl: proxy.url,
      serverName,
      livekitServiceUrl: `${proxy.url}${JWT_PREFIX}`,
    });
    await homeserver.start();
    return new SplitStack({ proxy, homeserver, conclave, jwtService, jwt, dataDir });
  }

  createRoom(room: RoomToMake): Promise<MadeRoom> {
    return createRoom(this.url, room);
  }

  async close(): Promise<void> {
    const { proxy, homeserver, conclave, jwtService, jwt, dataDir } = this.#parts;
    await proxy.close();
    await homeserver.kill();
    jwt.close();
    await jwtService.close();
    await conclave.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface JwtPlace {
  readonly proxyUrl: string;
  readonly conclave: Conclave;
  readonly askAt: () => string;
}

function startJwtService(
  { serverName, livekitKey, livekitSecret }: Installation,
  { proxyUrl, conclave, askAt }: JwtPlace,
): JwtService {
  const clock = systemClock;
  const livekitUrl = `${proxyUrl.replace(/^http/, "ws")}${SFU_PREFIX}`;
  const keys = { livekitKey, livekitSecret };
  return createJwtService(
    {
      clock,
      logger: silentLogger,
      random: Math.random,
      homeservers: { openIdUser: ({ accessToken }) => userInfo(askAt(), accessToken) },
      delayedEvents: delayedEventsOverHttp({
        clock,
        clientApi: () => Promise.resolve({ baseUrl: askAt(), call: callInProcess((request) => fetch(request)) }),
      }),
      sfu: sfuOverTwirp(
        { clock, call: callInProcess((request) => conclave.sfu.fetch(withoutPrefix(request, SFU_PREFIX))) },
        { ...keys, livekitUrl },
      ),
    },
    { ...keys, livekitUrl, fullAccessHomeservers: [serverName] },
  );
}

/** @see Server-Server API, "GET /openid/userinfo" */
async function userInfo(origin: string, accessToken: string): Promise<string> {
  const token = encodeURIComponent(accessToken);
  const answer = await fetch(`${origin}/_matrix/federation/v1/openid/userinfo?access_token=${token}`);
  if (!answer.ok) throw new LookUpFault("refused", `userinfo: ${answer.status}`);
  return ((await answer.json()) as { sub: string }).sub;
}

function withoutPrefix(request: Request, prefix: string): Request {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(prefix.length) || "/";
  return new Request(url, request);
}

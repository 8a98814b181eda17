import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  HOSTILE_DELEGATIONS,
  HOSTILE_REDIRECTS,
  HOSTILE_SERVICES,
  INTERNAL_HOSTS,
  INTERNAL_LITERALS,
  INTERNAL_NAMES,
  MALFORMED_NAMES,
  PUBLIC,
} from "./testing/hostileNames.ts";
import { endServer, listenOnLoopback } from "./testing/listening.ts";
import { type Certificate, makeCertificate } from "./testing/makeCertificate.ts";
import { Rig } from "./testing/Rig.ts";
import { type Answered, isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { type Attempt, Spy } from "./testing/Spy.ts";

const ROUTE = "/sfu/get";
const REFUSAL = { errcode: "M_UNAUTHORIZED", error: "The request could not be authorised." };
const DELEGATED_PORT = 4443;
const SRV_PORT = 4444;

/** Homeservers that are what they say. */
const HONEST_HOSTS = {
  "public.test": [[PUBLIC]],
  "direct.test": [[PUBLIC]],
  "delegating.test": [[PUBLIC]],
  "delegated.test": [[PUBLIC]],
  "srv.test": [[PUBLIC]],
  "target.test": [[PUBLIC]],
  "moved.test": [[PUBLIC]],
  "huge.test": [[PUBLIC]],
  "silent.test": [[PUBLIC]],
} as const;

const hostile = [
  ...Object.keys(HOSTILE_DELEGATIONS),
  ...Object.keys(HOSTILE_REDIRECTS),
  ...Object.keys(HOSTILE_SERVICES).map((service) => service.replace(/^_[^.]*\._tcp\./, "")),
];
const publicHosts = Object.fromEntries(hostile.map((name) => [name, [[PUBLIC]]]));

/** All public homeservers, told apart by `Host`. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const name = (request.headers.host ?? "").replace(/:\d+$/, "");
  const { pathname, searchParams } = new URL(request.url ?? "/", "https://public.test");
  if (pathname === "/.well-known/matrix/server") return answerWellKnown(name, response);
  response.end(JSON.stringify({ sub: `@alice:${searchParams.get("access_token")}` }));
}

function answerWellKnown(name: string, response: ServerResponse): void {
  const redirects: Readonly<Record<string, string>> = {
    ...HOSTILE_REDIRECTS,
    "moved.test": "https://public.test/.well-known/matrix/server",
  };
  const delegations: Readonly<Record<string, string>> = {
    ...HOSTILE_DELEGATIONS,
    "delegating.test": `delegated.test:${DELEGATED_PORT}`,
  };
  if (name === "silent.test") return;
  if (name === "huge.test") return void response.end(JSON.stringify({ "m.server": "x".repeat(4 * 1024 * 1024) }));
  const location = redirects[name];
  if (location !== undefined) return void response.writeHead(302, { location }).end();
  const delegated = delegations[name];
  if (delegated === undefined) return void response.writeHead(404).end();
  response.end(JSON.stringify({ "m.server": delegated }));
}

// What B3-17 names: lk-jwt-service asks whatever address a name leads to.
describe.skipIf(isOther)("T10: a server name that leads inside", { concurrent: false }, () => {
  let rig: Rig;
  let spy: Spy;
  let service: ServiceProcess;
  let folder: string;
  const server = { close: async (): Promise<void> => {} };

  beforeAll(async () => {
    rig = await Rig.open();
    folder = await mkdtemp(join(tmpdir(), "conclave-hostile-"));
    const certificate: Certificate = await makeCertificate([...Object.keys(HONEST_HOSTS), ...hostile], [PUBLIC]);
    await writeFile(join(folder, "ca.pem"), certificate.cert);
    const homeservers = createServer({ cert: certificate.cert, key: certificate.key }, answer);
    const port = await listenOnLoopback(homeservers);
    server.close = () => endServer(homeservers);
    spy = await Spy.open({
      hosts: { ...HONEST_HOSTS, ...INTERNAL_HOSTS, ...publicHosts },
      srv: { ...HOSTILE_SERVICES, "_matrix-fed._tcp.srv.test": [{ name: "target.test", port: SRV_PORT }] },
      forward: Object.fromEntries([443, 8448, DELEGATED_PORT, SRV_PORT].map((from) => [`${PUBLIC}:${from}`, port])),
      own: [Number(new URL(rig.sfu.url.replace("ws", "http")).port)],
    });
    service = await rig.start({
      ...spy.environment,
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      LIVEKIT_INSECURE_SKIP_VERIFY_TLS: "",
      CONCLAVE_JWT_SELF_CHECK: "off",
      CONCLAVE_JWT_SERVER_PER_MINUTE: "0",
      CONCLAVE_JWT_USER_PER_MINUTE: "0",
    });
  });

  afterAll(async () => {
    await rig.close();
    await server.close();
    await spy.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Asks for a token of a user of that server; returns what was tried to connect to for it. */
  async function ask(serverName: string): Promise<[Answered, readonly Attempt[]]> {
    const before = (await spy.attempts()).length;
    const openid_token = { access_token: serverName, matrix_server_name: serverName };
    const answered = await service.post(ROUTE, { room: "!r", device_id: "D", openid_token });
    return [answered, (await spy.attempts()).slice(before)];
  }

  async function expectNothingDenied(serverName: string): Promise<void> {
    const [{ status, json }, attempts] = await ask(serverName);

    expect([status, json]).toEqual([401, REFUSAL]);
    expect(attempts.filter(({ address }) => address !== PUBLIC)).toEqual([]);
  }

  it.each(INTERNAL_LITERALS)("«%s»: nothing is connected to", async (name) => {
    await expectNothingDenied(name);
  });

  it.each(INTERNAL_NAMES)("«%s» by DNS: nothing is connected to", async (name) => {
    await expectNothingDenied(name);
  });

  it.each(MALFORMED_NAMES)("«%s» is no name: nothing is connected to", async (name) => {
    const [{ status, json }, attempts] = await ask(name);

    expect([status, json]).toEqual([401, REFUSAL]);
    expect(attempts).toEqual([]);
  });

  it.each(Object.keys(HOSTILE_DELEGATIONS))("«%s» by `.well-known`: only the public host is", async (name) => {
    const [, attempts] = await ask(name);

    // A delegation that is none leaves the name itself, which is a public homeserver's.
    expect(attempts.filter(({ address }) => address !== PUBLIC)).toEqual([]);
  });

  it.each(Object.keys(HOSTILE_REDIRECTS))("«%s» by a redirect: only public hosts are", async (name) => {
    const [, attempts] = await ask(name);

    expect(attempts.filter(({ address }) => address !== PUBLIC)).toEqual([]);
    expect(attempts.length).toBeLessThan(10);
  });

  it.each(["srv-private.test", "srv-old.test", "srv-literal.test"])(
    "«%s» by SRV: only public hosts are",
    async (name) => {
      await expectNothingDenied(name);
    },
  );

  it.each(["rebind.test:8448", "rebind-later.test", "rebind-later.test:8448"])(
    "«%s» that changes its address after the check: only the checked one is",
    async (name) => {
      for (let round = 0; round < 3; round++) {
        const [, attempts] = await ask(name);

        expect(attempts.filter(({ address }) => address !== PUBLIC)).toEqual([]);
      }
    },
  );

  it.each(["huge.test", "silent.test"])(
    "«%s» cannot hold it up for longer than the limit",
    { timeout: 30_000 },
    async (name) => {
      const startedAtMs = performance.now();

      const [, attempts] = await ask(name);

      expect(performance.now() - startedAtMs).toBeLessThan(15_000);
      expect(attempts.every(({ address }) => isIP(address) !== 0 && address === PUBLIC)).toBe(true);
    },
  );

  it.each<[string, number]>([
    ["public.test", 8448],
    ["direct.test:443", 443],
    ["delegating.test", DELEGATED_PORT],
    ["srv.test", SRV_PORT],
    ["moved.test", 8448],
  ])("while the honest «%s» is asked, at port %i", async (name, port) => {
    const [{ status }, attempts] = await ask(name);

    expect(status).toBe(200);
    expect(attempts.at(-1)).toEqual({ address: PUBLIC, port });
  });
});

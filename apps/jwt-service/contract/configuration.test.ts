import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { LAB_PHRASE, Rig } from "./testing/Rig.ts";
import { type Environment, isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { KEY, SECRET } from "./testing/webhook.ts";

const ROUTE = "/get_token";

let rig: Rig;
let folder: string;

beforeAll(async () => {
  [rig, folder] = [await Rig.open(), await mkdtemp(join(tmpdir(), "conclave-contract-"))];
});

afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function expectToEnd(environment: Environment, parameters: readonly string[] = []): Promise<ServiceProcess> {
  const [status, service] = await rig.run(environment, parameters);
  expect(status).toBe(1);
  return service;
}

function without(...names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(rig.environment()).filter(([name]) => !names.includes(name)));
}

async function keysOf(service: ServiceProcess): Promise<readonly unknown[]> {
  const answer = await service.post(ROUTE, rig.person().bodyFor(ROUTE));
  const jwt = String(answer.json?.["jwt"]);
  await jwtVerify(jwt, new TextEncoder().encode(SECRET));
  return [decodeJwt(jwt).iss, answer.json?.["url"]];
}

describe("the program refuses to start, with status 1 and a message on standard error,", () => {
  it.each(["LIVEKIT_URL", "LIVEKIT_KEY", "LIVEKIT_SECRET", "LIVEKIT_FULL_ACCESS_HOMESERVERS"])(
    "without %s",
    async (name) => {
      const { log } = await expectToEnd(without(name));

      expect(log).toContain(name.replace(/_(KEY|SECRET)$/, ""));
    },
  );

  it.each<[string, Environment]>([
    ["LIVEKIT_JWT_PORT beside LIVEKIT_JWT_BIND", { LIVEKIT_JWT_PORT: "8081" }],
    ["an override that is no pair", { LIVEKIT_CS_API_URL_OVERRIDES: "example.org" }],
    ["an override without a URL", { LIVEKIT_CS_API_URL_OVERRIDES: "example.org=" }],
    ["an override without a name", { LIVEKIT_CS_API_URL_OVERRIDES: "=https://example.org" }],
    ["a negative interval", { LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS: "-1" }],
    ["an interval that is no number", { LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS: "often" }],
    ["an interval with a fraction", { LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS: "1.5" }],
    ["a key file that is not there", { LIVEKIT_KEY_FILE: "/nowhere/keys" }],
    ["a Redis URL that is none", { LIVEKIT_REDIS_URL: "nonsense" }],
  ])("with %s", async (_, more) => {
    const { log } = await expectToEnd(rig.environment(more));

    expect(log).not.toBe("");
  });

  it("with a key file of three parts", async () => {
    const LIVEKIT_KEY_FILE = await file("three", "devkey: secret: more");

    await expectToEnd(rig.environment({ LIVEKIT_KEY_FILE }));
  });

  it.skipIf(isOther)("with a short secret and --strict", async () => {
    const { log } = await expectToEnd(rig.environment({ LIVEKIT_SECRET: "devsecret" }), ["--strict"]);

    expect(log).toMatch(/32/);
    expect(log).not.toContain("devsecret");
  });
});

describe("key and secret", () => {
  it("may have spaces and line ends around them", async () => {
    const service = await rig.start({ LIVEKIT_KEY: ` ${KEY}\r\n`, LIVEKIT_SECRET: ` ${SECRET}\n` });

    expect(await keysOf(service)).toEqual([KEY, rig.sfu.url]);
  });

  it("may be in files, which win over the variables", async () => {
    const LIVEKIT_KEY_FROM_FILE = await file("key", `${KEY}\n`);
    const LIVEKIT_SECRET_FROM_FILE = await file("secret", `${SECRET}\n`);
    const wrong = { LIVEKIT_KEY: "wrong", LIVEKIT_SECRET: "wrong" };

    const service = await rig.start({ ...wrong, LIVEKIT_KEY_FROM_FILE, LIVEKIT_SECRET_FROM_FILE });

    expect(await keysOf(service)).toEqual([KEY, rig.sfu.url]);
  });

  it("may be in one file, which wins over all others", async () => {
    const LIVEKIT_KEY_FILE = await file("both", `${KEY}: ${SECRET}\n`);
    const LIVEKIT_KEY_FROM_FILE = await file("wrong", "wrong");
    const wrong = { LIVEKIT_KEY: "wrong", LIVEKIT_SECRET: "wrong", LIVEKIT_KEY_FROM_FILE };

    const service = await rig.start({ ...wrong, LIVEKIT_SECRET_FROM_FILE: LIVEKIT_KEY_FROM_FILE, LIVEKIT_KEY_FILE });

    expect(await keysOf(service)).toEqual([KEY, rig.sfu.url]);
  });

  it("may be as short as the nine characters of every example", async () => {
    const service = await rig.start({ LIVEKIT_SECRET: "devsecret" });

    const answer = await service.post(ROUTE, rig.person(rig.stranger).bodyFor(ROUTE));
    const { payload } = await jwtVerify(String(answer.json?.["jwt"]), new TextEncoder().encode("devsecret"));

    expect(payload.iss).toBe(KEY);
  });
});

describe("LIVEKIT_FULL_ACCESS_HOMESERVERS", () => {
  it.each<[string, (own: string) => string]>([
    ["names separated by commas", (own) => `example.org,${own}`],
    ["names separated by spaces", (own) => `example.org ${own}`],
    ["names separated by both", (own) => `example.org, ${own}`],
    ["a star alone", () => "*"],
  ])("gives full access to %s", async (_, listOf) => {
    const person = rig.person();
    const service = await rig.start({ LIVEKIT_FULL_ACCESS_HOMESERVERS: listOf(rig.home.serverName) });

    expect((await service.post(ROUTE, person.bodyFor(ROUTE))).status).toBe(200);

    expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")).toHaveLength(1);
  });

  it("does not take a star among names for everybody", async () => {
    const person = rig.person();
    const service = await rig.start({ LIVEKIT_FULL_ACCESS_HOMESERVERS: "*,example.org" });

    expect((await service.post(ROUTE, person.bodyFor(ROUTE))).status).toBe(200);

    expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")).toEqual([]);
  });
});

describe("LIVEKIT_INSECURE_SKIP_VERIFY_TLS", () => {
  it.each(["", "true", LAB_PHRASE.toLowerCase()])(
    "as «%s» leaves certificates checked",
    async (LIVEKIT_INSECURE_SKIP_VERIFY_TLS) => {
      const person = rig.person();
      const service = await rig.start({ LIVEKIT_INSECURE_SKIP_VERIFY_TLS });

      const answer = await service.post(ROUTE, person.bodyFor(ROUTE));

      expect([answer.status, answer.json?.["errcode"]]).toEqual([401, "M_UNAUTHORIZED"]);
      expect(rig.home.lookUpsOf(person.token)).toEqual([]);
    },
  );

  it.skipIf(isOther)("is not needed where the certificate is trusted", async () => {
    const NODE_EXTRA_CA_CERTS = await file("ca.pem", rig.certificate.cert);
    const service = await rig.start({ LIVEKIT_INSECURE_SKIP_VERIFY_TLS: "", NODE_EXTRA_CA_CERTS });

    expect((await service.post(ROUTE, rig.person().bodyFor(ROUTE))).status).toBe(200);
  });
});

describe("the address", () => {
  it.each<[string, (port: number) => Environment]>([
    ["a port alone, by the deprecated variable", (port) => ({ LIVEKIT_JWT_PORT: String(port) })],
    ["`:port`", (port) => ({ LIVEKIT_JWT_BIND: `:${port}` })],
  ])("may be given as %s", async (_, bind) => {
    const service = await rig.start({}, { bind });

    expect((await service.request("/healthz")).status).toBe(200);
  });
});

describe("the log", () => {
  it.each(["warning", "error", "chatty"])("of level «%s» is taken", async (level) => {
    const service = await rig.start({ LIVEKIT_LOG_LEVEL: level });

    expect((await service.post(ROUTE, rig.person().bodyFor(ROUTE))).status).toBe(200);
    expect(service.output).toBe("");
  });

  it.skipIf(isOther)("never holds a secret or a token, whatever is asked", async () => {
    const service = await rig.start();
    const [good, bad, gone] = [rig.person(), rig.person(), rig.person()];
    const forged = { ...bad.openIdToken, access_token: "forged-token-of-bob" };
    rig.sfu.refusedRooms.add(gone.sfuRoom);

    const granted = await service.post(ROUTE, good.bodyFor(ROUTE));
    await service.post(ROUTE, bad.bodyFor(ROUTE, { openid_token: forged }));
    await service.post(ROUTE, gone.bodyFor(ROUTE));
    await service.post(ROUTE, `${JSON.stringify(bad.bodyFor(ROUTE)).slice(0, -1)}, "surprise": 1}`);

    await vi.waitFor(() => expect(service.log.split("\n").length).toBeGreaterThan(3), { timeout: 60_000 });
    const secrets = [SECRET, good.token, bad.token, gone.token, "forged-token-of-bob", String(granted.json?.["jwt"])];
    expect(secrets.filter((secret) => service.log.includes(secret))).toEqual([]);
  });
});

describe("a signal to end", () => {
  it("is obeyed at once, with status 0", async () => {
    const service = await rig.start();

    await service.kill("SIGTERM");

    expect(isOther ? [0, null] : [0]).toContain(await service.ended);
  });
});

import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ROUTES } from "./testing/Person.ts";
import { Rig } from "./testing/Rig.ts";
import { isOther, type ServiceProcess, tryJson } from "./testing/ServiceProcess.ts";
import { Spy } from "./testing/Spy.ts";

const BODIES = 10_000;
const WARM_UP_BODIES = 3000;
const AT_ONCE = 24;
const MAX_GROWTH_BYTES = 20 * 1024 * 1024;
const KIB = 1024;
/** Node takes what it may before it collects; what is kept would not fit into this. */
const SMALL_HEAP = "--max-old-space-size=64 --max-semi-space-size=2";

/** What may come of it: the refusals of the contract, each in its one form. */
const EXPECTED: Readonly<Record<number, readonly string[]>> = {
  200: [""],
  400: ["M_NOT_JSON", "M_BAD_JSON"],
  401: ["M_UNAUTHORIZED"],
  403: ["M_FORBIDDEN"],
  413: ["M_TOO_LARGE"],
};

/** Small, fast, and the same everywhere for a seed. @see mulberry32 */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const SNIPPETS = [
  "null",
  "[]",
  "{",
  "}",
  '"',
  "\\u0000",
  "\\ud800",
  "1e999",
  "-0",
  "__proto__",
  "\u0000",
  "\uffff",
  ",",
];

function mutate(good: string, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(good);
  for (let change = random(4) + 1; change > 0; change--) {
    const [from, to] = [random(bytes.length), random(bytes.length)].sort((a, b) => a - b) as [number, number];
    const [before, between, after] = [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)];
    switch (random(6)) {
      case 0:
        bytes = Buffer.concat([before, after]);
        break;
      case 1:
        bytes = Buffer.concat([before, between, between, after]);
        break;
      case 2:
        bytes = Buffer.concat([before, Buffer.from(SNIPPETS[random(SNIPPETS.length)] ?? ""), between, after]);
        break;
      case 3:
        bytes = Buffer.concat([before, Buffer.from("[".repeat(random(5000))), between, after]);
        break;
      default:
        bytes = Buffer.from(bytes);
        bytes[from] = random(256);
    }
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}

describe("fuzzed bodies", () => {
  let rig: Rig;
  let spy: Spy;
  let service: ServiceProcess;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

  beforeAll(async () => {
    rig = await Rig.open();
    const own = [rig.sfu.url, rig.home.clientUrl, `http://${rig.home.serverName}`].map((url) =>
      Number(new URL(url).port),
    );
    // Fuzzed server names must not leave this machine.
    spy = await Spy.open({ hosts: {}, srv: {}, forward: {}, own });
    service = await rig.start({
      ...(isOther ? {} : { ...spy.environment, NODE_OPTIONS: `${spy.environment["NODE_OPTIONS"]} ${SMALL_HEAP}` }),
      LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
      LIVEKIT_LOG_LEVEL: "error",
      CONCLAVE_JWT_SELF_CHECK: "off",
      CONCLAVE_JWT_USER_PER_MINUTE: "0",
      CONCLAVE_JWT_SERVER_PER_MINUTE: "0",
      CONCLAVE_JWT_REQUESTS_PER_SECOND: "0",
    });
  });

  afterAll(async () => {
    agent.destroy();
    await rig.close();
    await spy.close();
  });

  function post(path: string, body: Buffer): Promise<[number, string]> {
    return new Promise((resolve, reject) => {
      const sending = request(service.url + path, { method: "POST", agent }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => resolve([response.statusCode ?? 0, text]));
      });
      sending.on("error", reject).end(body);
    });
  }

  async function residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${service.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * KIB;
  }

  // Another program could look fuzzed names up in the DNS of this machine.
  it.skipIf(isOther)(
    `get one of the contract's refusals each, ${BODIES} of them, in flat memory (seed 20261130)`,
    { timeout: 240_000 },
    async () => {
      const random = randomOf(20_261_130);
      const person = rig.person();
      const seen = new Map<string, number>();
      const unexpected: string[] = [];
      let warmBytes = 0;
      for (let count = 0; count < BODIES; count += AT_ONCE) {
        if (warmBytes === 0 && count >= WARM_UP_BODIES) warmBytes = await residentBytes();
        const batch = Array.from({ length: AT_ONCE }, () => {
          const route = ROUTES[random(ROUTES.length)] ?? "/get_token";
          const body = mutate(JSON.stringify(person.bodyFor(route)), random);
          return post(route, body).then(([status, text]) => [status, text, body] as const);
        });
        for (const [status, text, body] of await Promise.all(batch)) {
          const answer = tryJson(text);
          const errcode = typeof answer?.["errcode"] === "string" ? answer["errcode"] : "";
          const isExpected = answer !== undefined && EXPECTED[status]?.includes(errcode) === true;
          const isUniform =
            status === 200 ||
            Object.keys(answer ?? {})
              .sort()
              .join() === "errcode,error";
          if (!isExpected || !isUniform) unexpected.push(`${status} ${text} for ${body.toString("latin1")}`);
          const kind = `${status} ${errcode}`;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        }
      }
      const grownBytes = (await residentBytes()) - warmBytes;

      console.log(
        `fuzz: ${JSON.stringify(Object.fromEntries(seen))}, memory +${(grownBytes / KIB / KIB).toFixed(1)} MiB`,
      );
      expect(unexpected).toEqual([]);
      expect(seen.size).toBeGreaterThan(3);
      expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
      expect((await service.request("/healthz")).status).toBe(200);
    },
  );

  it.skipIf(isOther)("of webhooks are refused, and the program lives", { timeout: 240_000 }, async () => {
    const random = randomOf(20_261_201);
    const statuses = new Set<number>();
    for (let count = 0; count < 1000; count += AT_ONCE) {
      const batch = Array.from({ length: AT_ONCE }, () =>
        post("/sfu_webhook", mutate('{"event":"participant_joined","room":{"name":"r"}}', random)),
      );
      for (const [status] of await Promise.all(batch)) statuses.add(status);
    }

    expect([...statuses]).toEqual([401]);
    expect((await service.request("/healthz")).status).toBe(200);
  });
});

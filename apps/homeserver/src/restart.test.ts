import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, expect, test } from "vitest";

import { at, list, type Body } from "./testing/TestServer.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const TEST_TIMEOUT_MS = 60_000;
const ONE_TIME_KEYS = 60;

let folder: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homeserver-"));
});

afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true });
});

/** Starts the program on a free port and resolves with its address once it says that it listens. */
function start(): Promise<string> {
  const child = spawn(process.execPath, ["--conditions=source", MAIN], {
    env: {
      ...process.env,
      HOMESERVER_PORT: "0",
      HOMESERVER_NAME: "hs.test",
      HOMESERVER_PUBLIC_URL: "http://hs.test",
      HOMESERVER_DATABASE: join(folder, "hs.sqlite"),
      HOMESERVER_LOG_LEVEL: "info",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running = child;
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stderr.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const port = /"port":(\d+)/.exec(printed)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
    child.on("exit", (code) => reject(new Error(`exit ${code}: ${printed}`)));
  });
}

async function kill(): Promise<void> {
  const child = running;
  running = undefined;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

async function call(method: string, url: string, token?: string, body: object = {}): Promise<Body> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const text = method === "GET" ? undefined : JSON.stringify(body);
  const response = await fetch(url, { method, headers, ...(text !== undefined && { body: text }) });
  const answer = (await response.json()) as Body;
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const V3 = "/_matrix/client/v3";

async function register(base: string, name: string): Promise<{ token: string; userId: string }> {
  const body = { username: name, device_id: name, auth: { type: "m.login.dummy" } };
  const answer = await call("POST", `${base}${V3}/register`, undefined, body);
  return { token: String(answer["access_token"]), userId: String(answer["user_id"]) };
}

test(
  "after SIGKILL no one-time key is handed out twice and nothing stored is lost",
  async () => {
    let base = await start();
    const alice = await register(base, "alice");
    const bob = await register(base, "bob");
    const keys = Array.from({ length: ONE_TIME_KEYS }, (_, n) => [`signed_curve25519:K${n}`, { key: `k${n}` }]);
    await call("POST", `${base}${V3}/keys/upload`, bob.token, { one_time_keys: Object.fromEntries(keys) });
    await call("PUT", `${base}${V3}/sendToDevice/t/1`, alice.token, { messages: { [bob.userId]: { bob: { n: 1 } } } });

    const claimed: string[] = [];
    const claim = async (): Promise<void> => {
      const body = { one_time_keys: { [bob.userId]: { bob: "signed_curve25519" } } };
      const answer = await call("POST", `${base}${V3}/keys/claim`, alice.token, body);
      claimed.push(...Object.keys(at(answer, "one_time_keys", bob.userId, "bob") ?? {}));
    };
    for (let round = 0; round < 3; round++) {
      // Killed in the middle of a burst: what was answered must stay answered.
      const burst = Promise.allSettled(Array.from({ length: 10 }, claim));
      for (let n = 0; n < 3; n++) await claim();
      await kill();
      await burst;
      base = await start();
    }
    const before = claimed.length;
    for (let n = 0; n < ONE_TIME_KEYS; n++) await claim();
    const inbox = await call("GET", `${base}${V3}/sync?timeout=0`, bob.token);

    expect(before).toBeGreaterThanOrEqual(9);
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(list(inbox, "to_device", "events").map((event) => event["content"])).toEqual([{ n: 1 }]);
  },
  TEST_TIMEOUT_MS,
);

test(
  "a delayed event that fell due while the server was dead fires late rather than never",
  async () => {
    const first = await start();
    const alice = await register(first, "alice");
    const { room_id: id } = await call("POST", `${first}${V3}/createRoom`, alice.token, { preset: "public_chat" });
    const state = `${V3}/rooms/${String(id)}/state/org.matrix.msc3401.call.member/_alice`;
    await call("PUT", first + state, alice.token, { joined: true });
    await call("PUT", `${first}${state}?org.matrix.msc4140.delay=400`, alice.token, {});
    const { delay_id: later } = await call(
      "PUT",
      `${first}${state}_2?org.matrix.msc4140.delay=600000`,
      alice.token,
      {},
    );
    await kill();

    const second = await start();

    // Its owner asks, so it has three seconds to say that it is still there.
    await expect.poll(() => call("GET", second + state, alice.token), { timeout: 5_000, interval: 50 }).toEqual({});
    const path = `${second}/_matrix/client/unstable/org.matrix.msc4140/delayed_events/${String(later)}/restart`;
    expect(await call("POST", path)).toEqual({});
  },
  TEST_TIMEOUT_MS,
);

test(
  "a second server on the same database is refused with a sentence",
  async () => {
    await start();
    const holder = running;

    const second = start();

    await expect(second).rejects.toThrow(/exit 1: Cannot open .*hs\.sqlite/);
    running = holder;
  },
  TEST_TIMEOUT_MS,
);

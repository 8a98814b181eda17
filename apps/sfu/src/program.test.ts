import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { DisconnectReason, LeaveRequest_Action } from "@livekit/protocol";
import { WebhookReceiver } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { PATIENCE } from "./testing/labActions.ts";
import { mintToken, apiClient } from "./testing/serveSfu.ts";
import { SignalClient } from "./testing/SignalClient.ts";

const PROGRAM = fileURLToPath(new URL("main.ts", import.meta.url));
const TIMEOUT_MS = 60_000;
/** Of F12's 3 s without a second SFU; a few milliseconds where the machine is not busy. */
const TOLD_LIMIT_MS = 3000;
const SECRET = "s".repeat(32);

let folder: string;
const running = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-sfu-"));
});

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly port: number;
  readonly metricsPort: number;
  readonly mediaPort: number;
}

interface Run {
  readonly child: ChildProcess;
  readonly log: () => string;
  readonly started: Promise<Started>;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly log: string }>;
}

function run(args: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ["--conditions=source", PROGRAM, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let [output, log] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output, log }));
  const started = new Promise<Started>((resolve) => {
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      log += chunk;
      const line = log.split("\n").find((each) => each.includes('"listening"') && each.endsWith("}"));
      if (line !== undefined) resolve(JSON.parse(line) as Started);
    });
  });
  const failed = ended.then((end) => Promise.reject(new Error(end.log)));
  // Some runs are meant to fail, and nobody waits for their start.
  failed.catch(() => {});
  const either = Promise.race([started, failed]);
  either.catch(() => {});
  return { child, ended, started: either, log: () => log };
}

/** @see proc_pid_task_children(5) */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

const FREE_PORTS = ["--port", "0", "--rtc.udp_port", "0", "--prometheus_port", "0"];

describe("conclave sfu", () => {
  it(
    "serves with --dev what livekit-server --dev would, with its metrics apart",
    async () => {
      const { started } = run(["--dev", ...FREE_PORTS]);
      const { port, metricsPort } = await started;
      const url = `http://127.0.0.1:${port}`;

      expect(await (await fetch(url)).text()).toBe("OK");
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      const api = apiClient(url, "secret");
      await api.createRoom({ name: "lobby" });
      expect(await api.listRooms()).toMatchObject([{ name: "lobby" }]);
      const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      expect(await metrics.text()).toMatch(/^livekit_room_total\{.*\} 1$/m);
      expect((await fetch(`${url}/metrics`)).status).toBe(404);
    },
    TIMEOUT_MS,
  );

  it(
    "reads a file of LiveKit's and tells its webhooks",
    async () => {
      const received: string[] = [];
      const receiver = new WebhookReceiver("devkey", SECRET);
      const hook = createServer((request, response) => {
        void text(request)
          .then((body) => receiver.receive(body, request.headers.authorization ?? ""))
          .then(({ event }) => received.push(event))
          .finally(() => response.end());
      }).listen(0, "127.0.0.1");
      await once(hook, "listening");
      const file = join(folder, "livekit.yaml");
      const hookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/sfu_webhook`;
      writeFileSync(
        file,
        `port: 0
bind_addresses: ["127.0.0.1"]
rtc: { udp_port: 0, node_ip: 127.0.0.1, use_external_ip: false }
room: { auto_create: false }
keys: { devkey: ${SECRET} }
webhook: { api_key: devkey, urls: ["${hookUrl}"] }
`,
      );
      const { started } = run(["--config", file]);
      const { port } = await started;
      const token = await mintToken({ secret: SECRET });
      const url = `http://127.0.0.1:${port}`;

      expect((await fetch(`${url}/rtc/validate?access_token=${token}`)).status).toBe(404);
      await apiClient(url, SECRET).createRoom({ name: "lobby" });

      expect((await fetch(`${url}/rtc/validate?access_token=${token}`)).status).toBe(200);
      await expect.poll(() => received, PATIENCE).toEqual(["room_started"]);
      hook.close();
    },
    TIMEOUT_MS,
  );

  it(
    "sends everybody elsewhere on SIGTERM, tells so, and ends with 0",
    async () => {
      const { child, started, ended } = run(["--dev", ...FREE_PORTS]);
      const { port } = await started;
      const alice = await SignalClient.connect(`ws://127.0.0.1:${port}`, await mintToken({ secret: "secret" }));
      await alice.next("join");

      const askedAtMs = performance.now();
      child.kill("SIGTERM");
      const leave = await alice.next("leave");
      await alice.closed();
      const toldMs = performance.now() - askedAtMs;
      const { code, log } = await ended;

      expect(leave).toMatchObject({
        reason: DisconnectReason.SERVER_SHUTDOWN,
        action: LeaveRequest_Action.RECONNECT,
        canReconnect: true,
      });
      expect(code).toBe(0);
      expect(toldMs).toBeLessThan(TOLD_LIMIT_MS);
      expect(log).not.toContain("alice");
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    },
    TIMEOUT_MS,
  );

  it(
    "ends at once when asked twice, though a worker does not end",
    async () => {
      const { child, started, ended, log } = run(["--dev", ...FREE_PORTS]);
      await started;
      const [worker = 0] = childrenOf(child.pid ?? 0);
      process.kill(worker, "SIGSTOP");
      let hasEnded = false;
      void ended.then(() => (hasEnded = true));

      child.kill("SIGTERM");
      await expect.poll(log, PATIENCE).toContain("stopping");
      expect(hasEnded).toBe(false);
      child.kill("SIGTERM");

      expect((await ended).code).toBe(1);
      process.kill(worker, "SIGKILL");
    },
    TIMEOUT_MS,
  );

  it.each([
    ["a short secret", ["--keys", "devkey: marked-secret"], "fewer than 32 bytes"],
    ["an unknown option", ["--dev", "--hologram"], "--hologram"],
    ["a file that is not there", ["--config", "/nowhere/livekit.yaml"], "/nowhere/livekit.yaml"],
  ])(
    "does not start with %s, and says why in a line",
    async (_name, args, named) => {
      const { code, log } = await run(args).ended;

      expect(code).toBe(1);
      expect(log).toContain(named);
      expect(log.trimEnd().split("\n")).toHaveLength(2);
      expect(log).not.toContain("marked-secret");
    },
    TIMEOUT_MS,
  );

  it(
    "does not start on a port that is in use",
    async () => {
      const { port } = await run(["--dev", ...FREE_PORTS]).started;

      const second = await run(["--dev", "--port", String(port), "--rtc.udp_port", "0"]).ended;

      expect(second.code).toBe(1);
      expect(second.log).toContain(`address_unavailable: port ${port}: EADDRINUSE`);
    },
    TIMEOUT_MS,
  );
});

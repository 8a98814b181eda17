import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { findWorker } from "./findWorker.ts";

const PROGRAM = fileURLToPath(new URL("../../../bin/conclave", import.meta.url));
const TIMEOUT_MS = 60_000;
const MAX_SHUTDOWN_MS = 2000;

let folder: string;
const running = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-program-"));
});

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly faults: string }>;
  readonly started: Promise<string>;
}

function run(args: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(PROGRAM, args, {
    env: { ...process.env, MEDIASOUP_WORKER_BIN: findWorker(process.env), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  let faults = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (faults += chunk));
  const started = new Promise<string>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      const [url] = /http:\/\/localhost:\d+/.exec(output) ?? [];
      if (url) resolve(url);
    });
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output, faults }));
  return { child, ended, started };
}

function up(args: readonly string[] = [], environment: Record<string, string> = {}): Run {
  return run(["up", "--port", "0", "--media-port", "0", "--data", join(folder, "data"), ...args], environment);
}

/** Opens a `/sync` that the server holds; resolves with a wrapped promise of its end, whatever that is. */
async function openLongPoll(url: string): Promise<{ readonly end: Promise<unknown> }> {
  const body = JSON.stringify({ username: "alice", password: "wonderland-1865", auth: { type: "m.login.dummy" } });
  const registered = await fetch(`${url}/_matrix/client/v3/register`, { method: "POST", body });
  const { access_token } = (await registered.json()) as { access_token: string };
  const sync = async (query: string): Promise<{ next_batch: string }> => {
    const headers = { authorization: `Bearer ${access_token}` };
    return (await (await fetch(`${url}/_matrix/client/v3/sync${query}`, { headers })).json()) as { next_batch: string };
  };
  const { next_batch } = await sync("");
  return { end: sync(`?since=${next_batch}&timeout=30000`).catch((fault: unknown) => fault) };
}

function sentences(text: string): number {
  return text.trim().split("\n").length;
}

describe("bin/conclave", { timeout: TIMEOUT_MS }, () => {
  it.each([["--help"], ["up", "--help"], ["jwt-service", "--help"], ["doctor", "--help"]])(
    "explains %s %s",
    async (...args) => {
      const { code, output } = await run(args).ended;

      expect(code).toBe(0);
      expect(output).toMatch(/^Usage: conclave /);
    },
  );

  it.each([[[]], [["nonsense"]], [["up", "--nonsense"]]])("refuses %j", async (args) => {
    const { code, faults } = await run(args).ended;

    expect(code).not.toBe(0);
    expect(faults).not.toContain("at file:");
  });

  it("serves everything on one origin and ends soon after SIGTERM, long polls or not", async () => {
    const { child, ended, started } = up();
    const url = await started;
    const paths = ["/_matrix/client/versions", "/.well-known/matrix/client", "/livekit/jwt/healthz", "/config.json"];
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`)).status));
    const poll = await openLongPoll(url);
    const signalledAtMs = performance.now();
    child.kill("SIGTERM");

    const { code, faults } = await ended;

    await poll.end;
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect({ code, faults }).toEqual({ code: 0, faults: "" });
    expect(performance.now() - signalledAtMs).toBeLessThan(MAX_SHUTDOWN_MS);
  });

  it("says in one sentence that the port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;

    const { code, faults } = await up(["--port", String(port)]).ended;
    server.close();

    expect(code).toBe(1);
    expect(faults).toContain(`Port ${port} is in use`);
    expect(faults).toContain("--port");
    expect(sentences(faults)).toBe(1);
  });

  it("says in one sentence that the data folder cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");

    const { code, faults } = await up(["--data", join(folder, "file", "data")]).ended;

    expect(code).toBe(1);
    expect(faults).toMatch(/data folder .* cannot be written .*--data/);
    expect(sentences(faults)).toBe(1);
  });

  it("says in one sentence that another program uses the data folder", async () => {
    mkdirSync(join(folder, "data"));
    const other = new DatabaseSync(join(folder, "data", "homeserver.sqlite"));
    other.exec("PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE held (id INTEGER); BEGIN EXCLUSIVE");

    const { code, faults } = await up().ended;
    other.close();

    expect(code).toBe(1);
    expect(faults).toMatch(/data folder .* in use by another Conclave: .*--data/);
    expect(sentences(faults)).toBe(1);
  });

  it("says in one sentence that the media worker is missing", async () => {
    const { code, faults } = await up([], { MEDIASOUP_WORKER_BIN: join(folder, "nope") }).ended;

    expect(code).toBe(1);
    expect(faults).toMatch(/media worker .* missing .*MEDIASOUP_WORKER_BIN/);
    expect(sentences(faults)).toBe(1);
    expect(existsSync(join(folder, "data"))).toBe(false);
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { freePort } from "../spawnHomeserver.ts";

const CONCLAVE = fileURLToPath(new URL("../../bin/conclave", import.meta.url));
const KIB = 1024;
const POLL_MS = 2;

export interface SpawnedProgram {
  readonly processId: number;
  /** What it said on its first line, after the word. */
  readonly said: string;
  /** What it says on the line that begins with another word, as soon as it does. */
  says(word: string): Promise<string>;
  kill(): Promise<void>;
}

/** Starts a file beside this one and waits for its line `WORD …`. */
export async function spawnFile(file: string, word: string, environment: NodeJS.ProcessEnv): Promise<SpawnedProgram> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=source", "--disable-warning=ExperimentalWarning", path], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const says = (awaited: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = new RegExp(`^${awaited} (.*)\n`, "m").exec(output)?.[1];
        if (line !== undefined) resolve(line);
      };
      child.stdout.on("data", look);
      child.once("close", (code) => reject(new Error(`${file} ended with ${code}`)));
      look();
    });
  return { processId: child.pid ?? 0, said: await says(word), says, kill: () => end(child) };
}

export interface SpawnedService extends Pick<SpawnedProgram, "processId" | "kill"> {
  readonly url: string;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
}

/** `conclave jwt-service` as a process of its own. */
export async function spawnService(environment: NodeJS.ProcessEnv): Promise<SpawnedService> {
  const port = await freePort();
  const startedAtMs = performance.now();
  const child = spawn(CONCLAVE, ["jwt-service"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...environment, LIVEKIT_JWT_BIND: `127.0.0.1:${port}`, LIVEKIT_LOG_LEVEL: "error" },
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await isHealthy(url))) {
    if (child.exitCode !== null) throw new Error(`conclave jwt-service ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const startMs = performance.now() - startedAtMs;
  return { processId: child.pid ?? 0, url, startMs, kill: () => end(child) };
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Memory that a process holds now. */
export async function residentBytes(processId: number): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * KIB;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

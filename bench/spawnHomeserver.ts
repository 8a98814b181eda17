import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../bin/conclave", import.meta.url));
const TRIES = 200;
const TRY_MS = 50;
/** A crowd from one address, faster than any call. */
const LIMITS = { authBurst: 100_000, sendBurst: 1_000_000, sendPerSecond: 1_000_000 };

export interface SpawnedHomeserver {
  /** Without trailing slash. */
  readonly url: string;
  readonly processId: number;
  kill(): void;
}

/** `conclave homeserver` as a process of its own, in memory, without limits on rates. */
export async function spawnHomeserver(): Promise<SpawnedHomeserver> {
  const port = await freePort();
  const child = spawn(COMMAND, ["homeserver"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      HOMESERVER_PORT: String(port),
      HOMESERVER_DATABASE: ":memory:",
      HOMESERVER_LOG_LEVEL: "warn",
      HOMESERVER_LIMITS: JSON.stringify(LIMITS),
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/_matrix/client/versions`, () => child.exitCode === null);
  return { url, processId: child.pid ?? 0, kill: () => void child.kill("SIGTERM") };
}

/** Resolves once the address answers. @throws if its program ends before */
export async function answers(url: string, isAlive: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < TRIES && isAlive(); attempt++) {
    const isThere = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, TRY_MS));
  }
  throw new Error(`${url} does not answer`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

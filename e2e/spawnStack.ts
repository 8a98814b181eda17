import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../bin/conclave", import.meta.url));

/** `conclave up` as a process of its own, that can be killed and started again on the same ports and data. */
export class SpawnedStack {
  readonly url: string;
  readonly #arguments: readonly string[];
  readonly #dataDir: string;
  #process: ChildProcess | undefined;

  private constructor(url: string, dataDir: string, parameters: readonly string[]) {
    this.url = url;
    this.#dataDir = dataDir;
    this.#arguments = parameters;
  }

  static async start(): Promise<SpawnedStack> {
    const [port, mediaPort] = [await freePort(), await freePort()];
    const dataDir = await mkdtemp(join(tmpdir(), "conclave-spawned-"));
    const ports = ["--port", String(port), "--media-port", String(mediaPort)];
    const stack = new SpawnedStack(`http://localhost:${port}`, dataDir, ["up", ...ports, "--data", dataDir]);
    await stack.start();
    return stack;
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const child = spawn(PROGRAM, this.#arguments, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let output = "";
      child.once("exit", (code) => reject(new Error(`conclave ended with ${code}: ${output}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output = (output + text).slice(-10_000);
          if (output.includes(this.url)) resolve();
        });
      }
    });
  }

  /** As the kernel would for want of memory: no handler runs. */
  async kill(): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

/** A TCP port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

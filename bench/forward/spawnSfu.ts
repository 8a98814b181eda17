import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

export interface SpawnedSfu {
  readonly processId: number;
  /** TCP port of its signalling. */
  readonly port: number;
  kill(): void;
}

/** Starts one of the two programs beside this file; it says `port NUMBER` once it listens. */
export async function spawnSfu(
  program: "bareSfu.ts" | "ourSfu.ts",
  environment: NodeJS.ProcessEnv,
): Promise<SpawnedSfu> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=source", "--disable-warning=ExperimentalWarning", file], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment, MEDIA_PORT: String(await freePort()) },
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const said = /port (\d+)/.exec(text);
      if (said) resolve(Number(said[1]));
    });
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
  });
  return { processId: child.pid!, port, kill: () => void child.kill("SIGTERM") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

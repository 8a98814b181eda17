import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Starts the bare server. */
export async function spawnBareHttp(): Promise<{ readonly url: string; kill(): void }> {
  const file = fileURLToPath(new URL("bareHttp.ts", import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const said = /port (\d+)/.exec(text);
      if (said) resolve(Number(said[1]));
    });
    child.once("exit", (code) => reject(new Error(`The bare server ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}`, kill: () => void child.kill("SIGTERM") };
}

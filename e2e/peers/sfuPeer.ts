import { spawn } from "node:child_process";
import { once } from "node:events";

/** What a program of a peer ends with where the peer cannot be had on this machine. */
const EXIT_SKIPPED = 3;
const MAX_KEPT_CHARACTERS = 8000;

export interface SpawnedPeer<T> {
  /** The first line of its output; undefined where the peer cannot be had. */
  readonly said: T | undefined;
  /** Why it cannot be had. */
  readonly why: string;
  close(): Promise<void>;
}

/** Starts a program that says in one line of JSON where its peer is, and runs until SIGTERM. */
export async function spawnPeer<T>(command: string, args: readonly string[]): Promise<SpawnedPeer<T>> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  let [text, errors] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    errors = (errors + part).slice(-MAX_KEPT_CHARACTERS);
  });
  const line = new Promise<T>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as T);
    });
  });
  const said = await Promise.race([line, ended.then(() => undefined)]);
  if (!said && child.exitCode !== EXIT_SKIPPED) throw new Error(`The peer ended with ${child.exitCode}:\n${errors}`);
  const why = errors.trim().split("\n").at(-1) ?? "";
  if (!said) process.stderr.write(`\n${why}\n`);
  return {
    said,
    why,
    async close() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

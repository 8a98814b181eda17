import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { SwarmReport } from "@conclave/bot";

const PROGRAM = fileURLToPath(new URL("../../bin/conclave", import.meta.url));

export interface SwarmResult {
  readonly exitCode: number | null;
  /** Standard output and errors, as a person sees them. */
  readonly output: string;
  readonly folder: string;
}

/** @throws if the run wrote none */
export async function reportOf({ folder }: SwarmResult): Promise<SwarmReport> {
  return JSON.parse(await readFile(join(folder, "report.json"), "utf8")) as SwarmReport;
}

/** Folders of the runs of one test file. */
export class SwarmProgram {
  #folder: Promise<string> | undefined;
  #runs = 0;

  /** Runs `conclave swarm` to its end, into a folder of its own. */
  async run(...args: readonly string[]): Promise<SwarmResult> {
    const folder = join(await this.#results(), `run-${(this.#runs += 1)}`);
    return { ...(await this.perform(...args, "--out", folder)), folder };
  }

  /** The same for a command that writes nothing. */
  async perform(...args: readonly string[]): Promise<Omit<SwarmResult, "folder">> {
    const child = spawn(PROGRAM, ["swarm", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    }
    const exitCode = await new Promise<number | null>((resolve) => void child.once("close", resolve));
    return { exitCode, output };
  }

  async close(): Promise<void> {
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
  }

  #results(): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), "conclave-swarm-story-"));
    return this.#folder;
  }
}

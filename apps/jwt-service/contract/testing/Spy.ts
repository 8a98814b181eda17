import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { SpyTable } from "./connectorSpy.ts";
import type { Environment } from "./ServiceProcess.ts";

const PRELOAD = fileURLToPath(new URL("connectorSpy.ts", import.meta.url));

/** A connection that the service tried to make. */
export interface Attempt {
  readonly address: string;
  readonly port: number;
}

/** Watches the connections of a service, and answers its DNS questions. */
export class Spy {
  readonly environment: Environment;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.environment = { NODE_OPTIONS: `--import=${PRELOAD}`, CONTRACT_SPY: join(folder, "table.json") };
  }

  static async open(table: Omit<SpyTable, "log">): Promise<Spy> {
    const folder = await mkdtemp(join(tmpdir(), "conclave-spy-"));
    const spy = new Spy(folder);
    await writeFile(join(folder, "connects"), "");
    await writeFile(join(folder, "table.json"), JSON.stringify({ ...table, log: join(folder, "connects") }));
    return spy;
  }

  /** All attempts so far, except those to the operator's own ports. */
  async attempts(): Promise<readonly Attempt[]> {
    const lines = (await readFile(join(this.#folder, "connects"), "utf8")).split("\n").filter(Boolean);
    return lines.map((line) => {
      const [address = "", port] = line.split(" ");
      return { address, port: Number(port) };
    });
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Clock } from "@conclave/kit";

import { freePort } from "./adapters/freePort.ts";
import { StackProcess } from "./adapters/StackProcess.ts";
import { TargetError } from "./errors.ts";
import type { Leftover, TargetProcess } from "./model.ts";

export interface EmbeddedOptions {
  readonly pin?: string;
}

/** `conclave up` on free ports and an empty data folder, for the length of a run. */
export class EmbeddedStack {
  readonly url: string;
  readonly #clock: Clock;
  readonly #dataDir: string;
  readonly #options: EmbeddedOptions;
  #running: StackProcess;

  private constructor(running: StackProcess, dataDir: string, options: EmbeddedOptions, clock: Clock) {
    this.#running = running;
    this.#dataDir = dataDir;
    this.#options = options;
    this.#clock = clock;
    this.url = running.address.url;
  }

  /** @throws {TargetError} `stack_failed` */
  static async start(clock: Clock, options: EmbeddedOptions = {}): Promise<EmbeddedStack> {
    if (options.pin !== undefined && !/^\d+(?:[-,]\d+)*$/.test(options.pin)) {
      throw new TargetError("stack_failed", `"${options.pin}" names no cores: write them like 0 or 0,2 or 0-3.`);
    }
    const dataDir = await mkdtemp(join(tmpdir(), "conclave-swarm-"));
    try {
      const [port, mediaPort] = [await freePort(), await freePort()];
      const running = await StackProcess.start({ ...options, dataDir, port, mediaPort }, clock);
      return new EmbeddedStack(running, dataDir, options, clock);
    } catch (fault) {
      await rm(dataDir, { recursive: true, force: true });
      throw fault;
    }
  }

  processes(): readonly TargetProcess[] {
    return this.#running.processes();
  }

  /** Kills it and starts it again with the same ports and data. */
  async restart(): Promise<void> {
    const { port, mediaPort } = this.#running.address;
    await this.#running.kill();
    this.#running = await StackProcess.start(
      { ...this.#options, dataDir: this.#dataDir, port, mediaPort },
      this.#clock,
    );
  }

  /** Never rejects. */
  async close({ keep }: { readonly keep: boolean }): Promise<readonly Leftover[]> {
    await this.#running.stop();
    const left: Leftover = { kind: "data", id: this.#dataDir, reason: "kept as asked" };
    if (keep) return [left];
    try {
      await rm(this.#dataDir, { recursive: true, force: true });
      return [];
    } catch {
      return [{ ...left, reason: "the folder could not be removed" }];
    }
  }
}

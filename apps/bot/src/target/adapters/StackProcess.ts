import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { CancelTimer, Clock } from "@conclave/kit";

import { TargetError } from "../errors.ts";
import type { TargetProcess } from "../model.ts";
import { childrenOf } from "./childProcesses.ts";

const PROGRAM = fileURLToPath(new URL("../../../../../bin/conclave", import.meta.url));
/** A start takes one to three seconds; on a machine under full load many times that. */
const START_LIMIT_MS = 60_000;
/** `conclave up` cuts off by itself what hangs for 1.5 s. */
const STOP_LIMIT_MS = 8000;
const MAX_KEPT_CHARACTERS = 8000;
const WORKER_NAME = "mediasoup-worker".slice(0, 15);

/** Where a start got its ports. */
export interface StackAddress {
  readonly url: string;
  readonly port: number;
  readonly mediaPort: number;
}

export interface StackPlan {
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly mediaPort: number;
  /** Cores as `taskset -c` takes them; ignored where there is no taskset. */
  readonly pin?: string;
}

/** One run of `conclave up`, as a process group of its own: Ctrl-C at the terminal is for the swarm, not for it. */
export class StackProcess {
  readonly address: StackAddress;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #exit: Promise<unknown>;
  readonly #workers: readonly TargetProcess[];
  readonly #killAtExit = (): void => this.#signal("SIGKILL");

  private constructor(child: ChildProcess, address: StackAddress, workers: readonly TargetProcess[], clock: Clock) {
    this.#child = child;
    this.#clock = clock;
    this.#exit = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
    this.address = address;
    this.#workers = workers;
    process.once("exit", this.#killAtExit);
  }

  /** Resolves once it answers. @throws {TargetError} `stack_failed` with what it said */
  static async start(plan: StackPlan, clock: Clock): Promise<StackProcess> {
    const [command, ...parameters] = commandOf(plan);
    const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const address = await readAddress(child, clock);
    const children = await childrenOf(child.pid ?? 0);
    const workers = children
      .filter(({ name }) => name === WORKER_NAME)
      .map(({ pid }): TargetProcess => ({ part: "sfu-worker", pid }));
    return new StackProcess(child, address, workers, clock);
  }

  /** Everything but media is one process of Node; media has a process of its own. */
  processes(): readonly TargetProcess[] {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return [];
    return [{ part: "stack", pid: this.#child.pid }, ...this.#workers];
  }

  /** Ends it as an operator does, and by force if it does not end. */
  async stop(): Promise<void> {
    const cancelTimer = this.#clock.after(STOP_LIMIT_MS, () => this.#signal("SIGKILL"));
    // To Node alone: it ends its worker itself.
    this.#child.kill("SIGTERM");
    await this.#exit;
    cancelTimer();
    this.#signal("SIGKILL");
    process.off("exit", this.#killAtExit);
  }

  /** As the kernel would for want of memory: no handler runs. */
  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#exit;
    process.off("exit", this.#killAtExit);
  }

  /** To the whole group: a worker whose parent is gone would hold the media port for a moment longer. */
  #signal(name: NodeJS.Signals): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, name);
    } catch {
      // Nobody of the group is left.
    }
  }
}

function commandOf({ dataDir, port, mediaPort, pin }: StackPlan): [string, ...string[]] {
  const options = ["--port", String(port), "--media-port", String(mediaPort), "--data", dataDir];
  // Behind a proxy each bot can say from which address it comes; only then are limits per address what they are for people.
  const up: [string, ...string[]] = [PROGRAM, "up", ...options, "--log-level", "error", "--behind-proxy"];
  const pinned: [string, ...string[]] = pin !== undefined && hasProgram("taskset") ? ["taskset", "-c", pin, ...up] : up;
  // Where the kernel can be asked to, it ends the stack when the swarm is killed and cannot. @see prctl(2), PR_SET_PDEATHSIG
  return hasProgram("setpriv") ? ["setpriv", "--pdeathsig", "TERM", ...pinned] : pinned;
}

function hasProgram(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Waits for the lines that say where it listens. */
async function readAddress(child: ChildProcess, clock: Clock): Promise<StackAddress> {
  let cancelTimer: CancelTimer | undefined;
  try {
    return await new Promise<StackAddress>((resolve, reject) => {
      const fail = (why: string): void => reject(new TargetError("stack_failed", `The embedded stack ${why}.`));
      cancelTimer = clock.after(START_LIMIT_MS, () => fail(`was not ready after ${START_LIMIT_MS / 1000} s`));
      listen(child, resolve, fail);
    });
  } catch (fault) {
    child.kill("SIGKILL");
    throw fault;
  } finally {
    cancelTimer?.();
  }
}

/** Reads both streams to the end, else a full pipe would stop the servers. */
function listen(child: ChildProcess, found: (address: StackAddress) => void, fail: (why: string) => void): void {
  let said = "";
  let errors = "";
  child.once("error", () => fail("cannot be run: run npm start once"));
  child.once("exit", (code) => fail(`ended with ${code ?? "a signal"}: ${lastSentence(errors)}`));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_KEPT_CHARACTERS);
  });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-MAX_KEPT_CHARACTERS);
    const address = parseAddress(said);
    if (address) found(address);
  });
}

function parseAddress(text: string): StackAddress | undefined {
  const url = /running:\s+(https?:\/\/[^\s/]+)\s/.exec(text)?.[1];
  const mediaPort = /media port (\d+)/.exec(text)?.[1];
  if (url === undefined || mediaPort === undefined) return undefined;
  return { url, port: Number(new URL(url).port), mediaPort: Number(mediaPort) };
}

function lastSentence(errors: string): string {
  return errors.trim().split("\n").at(-1)?.replace(/\.$/, "") || "it said nothing";
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { gate } from "./gate.ts";
import { freePort } from "./listening.ts";

const OURS = fileURLToPath(new URL("../../../../bin/conclave", import.meta.url));
/** The contract's 15 s are for a machine that does nothing else. */
const READY_LIMIT_MS = 30_000;
const POLL_MS = 20;
const MAX_LOG_CHARACTERS = 4 * 1024 * 1024;
/** Programs that start at once would only wait for each other. */
const whileStarting = gate(3);

/** Another program that keeps the contract, to hold the suite against it: the path of a built lk-jwt-service. */
const other = process.env["TOKEN_SERVICE_PROGRAM"];

/** True if the suite runs against another program than ours. What we do otherwise on purpose is then not asked for. */
export const isOther: boolean = other !== undefined;

export type Environment = Readonly<Record<string, string>>;

/** How a program is started. */
export interface Start {
  readonly environment: Environment;
  /** Of the command line; ours alone has any. */
  readonly parameters?: readonly string[];
  /** How it is told its port, if not as an address of loopback. */
  readonly bind?: (port: number) => Environment;
  /** Path of another program that keeps the contract. */
  readonly program?: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, `undefined` if it is not JSON. */
  readonly json: Record<string, unknown> | undefined;
}

/** The program as a process of its own, with no other environment than what it is given. */
export class ServiceProcess {
  readonly url: string;
  readonly #environment: Environment;
  readonly #arguments: readonly string[];
  readonly #program: string | undefined;
  #child: ChildProcess;
  #ended: Promise<number | null>;
  #log = "";
  #output = "";

  private constructor(url: string, { environment, parameters = [], program = other }: Start) {
    this.url = url;
    this.#environment = environment;
    this.#arguments = parameters;
    this.#program = program;
    [this.#child, this.#ended] = this.#spawn();
  }

  /** Starts it on a free port and waits until it is healthy. @throws if it ends or does not answer */
  static async start(start: Start): Promise<ServiceProcess> {
    return whileStarting(async () => {
      const service = await ServiceProcess.spawn(start);
      await service.#becomeHealthy();
      return service;
    });
  }

  /** Starts it and waits until it ended; `started` is told of it before. */
  static async run(
    start: Start,
    started: (service: ServiceProcess) => void,
  ): Promise<readonly [number | null, ServiceProcess]> {
    return whileStarting(async () => {
      const service = await ServiceProcess.spawn(start);
      started(service);
      return [await service.ended, service];
    });
  }

  private static async spawn(start: Start): Promise<ServiceProcess> {
    const port = await freePort();
    const bind = start.bind?.(port) ?? { LIVEKIT_JWT_BIND: `127.0.0.1:${port}` };
    return new ServiceProcess(`http://127.0.0.1:${port}`, { ...start, environment: { ...bind, ...start.environment } });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it wrote to standard error. */
  get log(): string {
    return this.#log;
  }

  /** What it wrote to standard output. */
  get output(): string {
    return this.#output;
  }

  /** Resolves with the exit status once it ended; `null` after a signal. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  async request(path: string, init: RequestInit = {}): Promise<Answered> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: tryJson(text) };
  }

  async post(path: string, body: unknown): Promise<Answered> {
    return this.request(path, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });
  }

  /** As the kernel would for want of memory: no handler runs. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  /** Starts it again with the same environment, port included. */
  async restart(): Promise<void> {
    [this.#child, this.#ended] = this.#spawn();
    await this.#becomeHealthy();
  }

  #spawn(): [ChildProcess, Promise<number | null>] {
    const ours = [OURS, ["jwt-service", ...this.#arguments]] as const;
    const [command, parameters] = this.#program === undefined ? ours : ([this.#program, []] as const);
    const child = spawn(command, parameters, {
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...this.#environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-MAX_LOG_CHARACTERS);
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#output = (this.#output + text).slice(-MAX_LOG_CHARACTERS);
    });
    const killAtExit = (): void => void child.kill("SIGKILL");
    process.once("exit", killAtExit);
    const ended = once(child, "close").then(([code]) => {
      process.off("exit", killAtExit);
      return code as number | null;
    });
    return [child, ended];
  }

  async #becomeHealthy(): Promise<void> {
    const deadlineMs = Date.now() + READY_LIMIT_MS;
    while (!(await this.#isHealthy())) {
      const hasEnded = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (!hasEnded && Date.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      else throw new Error(`The service ${hasEnded ? "ended" : "does not answer"}:\n${this.#log.slice(-4000)}`);
    }
  }

  async #isHealthy(): Promise<boolean> {
    return fetch(`${this.url}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}

/** The object that a text holds as JSON, `undefined` if it holds none. */
export function tryJson(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

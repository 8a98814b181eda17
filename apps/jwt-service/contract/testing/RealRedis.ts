import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

import { freePort } from "./listening.ts";
import type { RedisProgram } from "./obtainRedis.ts";

const READY_LIMIT_MS = 10_000;
const POLL_MS = 20;

/** A redis-server on a port of loopback, that keeps nothing on disk. */
export class RealRedis {
  readonly #port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, { command, libraryPath }: RedisProgram) {
    this.#port = port;
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    this.#child = spawn(command, options, { stdio: "ignore", env: { LD_LIBRARY_PATH: libraryPath } });
    process.once("exit", () => this.#child.kill("SIGKILL"));
  }

  static async start(program: RedisProgram): Promise<RealRedis> {
    const redis = new RealRedis(await freePort(), program);
    const deadlineMs = Date.now() + READY_LIMIT_MS;
    while ((await redis.ask("PING").catch(() => "")) !== "+PONG\r\n") {
      if (Date.now() > deadlineMs || redis.#child.exitCode !== null) throw new Error("Redis does not start");
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}/0`;
  }

  /** The fields of a hash. */
  async fieldsOf(hash: string): Promise<readonly string[]> {
    const answer = await this.ask("HKEYS", hash);
    return answer.split("\r\n").filter((_, index) => index > 0 && index % 2 === 0);
  }

  /** One command in the form of arrays; the raw answer. */
  async ask(...words: readonly string[]): Promise<string> {
    const socket = connect(this.#port, "127.0.0.1");
    try {
      await once(socket, "connect");
      const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
      socket.end(`*${words.length}\r\n${bulk}`);
      let answer = "";
      for await (const part of socket.setEncoding("utf8")) answer += part as string;
      return answer;
    } finally {
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

import { createServer, type Server, type Socket } from "node:net";

import { endServer, listenOnLoopback } from "./listening.ts";

const CRLF = "\r\n";
const HEADER_BYTES = 1;

/** A Redis that knows four commands, like the one of lk-jwt-service's own suite: PING, HSET, HDEL and HGETALL. */
export class FakeRedis {
  /** Names of all commands, in the order in which they came. */
  readonly commands: string[] = [];
  /** While true every command is answered with an error. */
  isFailing = false;
  readonly #hashes = new Map<string, Map<string, string>>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(): Promise<FakeRedis> {
    const redis = new FakeRedis();
    redis.#port = await listenOnLoopback(redis.#server);
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}/0`;
  }

  hash(name: string): Map<string, string> {
    const hash = this.#hashes.get(name) ?? new Map<string, string>();
    this.#hashes.set(name, hash);
    return hash;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await endServer(this.#server);
  }

  #serve(socket: Socket): void {
    let rest: Buffer = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (part: Buffer) => {
      rest = Buffer.concat([rest, part]);
      for (let read = tryReadCommand(rest); read; read = tryReadCommand(rest)) {
        rest = rest.subarray(read.length);
        socket.write(this.#perform(read.words));
      }
    });
  }

  #perform([name = "", key = "", ...rest]: readonly string[]): string {
    const command = name.toUpperCase();
    this.commands.push(command);
    if (this.isFailing) return `-ERR out of order${CRLF}`;
    if (command === "PING") return `+PONG${CRLF}`;
    if (command === "HGETALL") return array([...this.hash(key)].flat());
    if (command === "HDEL") return integer(rest.filter((field) => this.hash(key).delete(field)).length);
    if (command !== "HSET") return `-ERR unknown command '${name}'${CRLF}`;
    const before = this.hash(key).size;
    for (let index = 0; index + 1 < rest.length; index += 2)
      this.hash(key).set(rest[index] ?? "", rest[index + 1] ?? "");
    return integer(this.hash(key).size - before);
  }
}

/** Reads one command, an array of bulk strings; `undefined` until all of it is there. @see RESP2 */
function tryReadCommand(bytes: Buffer): { readonly words: readonly string[]; readonly length: number } | undefined {
  const words: string[] = [];
  let at = 0;
  const readCount = (): number | undefined => {
    const end = bytes.indexOf(CRLF, at);
    if (end === -1) return undefined;
    const count = Number(bytes.subarray(at + HEADER_BYTES, end).toString());
    at = end + CRLF.length;
    return count;
  };
  const count = readCount();
  if (count === undefined) return undefined;
  for (let index = 0; index < count; index++) {
    const size = readCount();
    if (size === undefined || bytes.length < at + size + CRLF.length) return undefined;
    words.push(bytes.subarray(at, at + size).toString());
    at += size + CRLF.length;
  }
  return { words, length: at };
}

function integer(value: number): string {
  return `:${value}${CRLF}`;
}

function array(words: readonly string[]): string {
  const bulk = words.map((word) => `$${Buffer.byteLength(word)}${CRLF}${word}${CRLF}`);
  return `*${words.length}${CRLF}${bulk.join("")}`;
}

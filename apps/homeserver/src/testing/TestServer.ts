import { FakeClock, seededRandom } from "@conclave/kit/testing";
import type { Logger } from "@conclave/kit";

import { createHomeserver } from "../createHomeserver.ts";
import type { Homeserver, HomeserverConfig } from "../Homeserver.ts";

export const SERVER_NAME = "hs.test";
const BASE = "https://hs.test";

/** What a request came back with; the body is looked into without types, as a client that trusts the server would. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** JSON whose shape the test knows. */
export interface Body {
  readonly [key: string]: unknown;
}

export interface Call {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly address?: string;
  readonly signal?: AbortSignal;
}

export interface TestUser {
  readonly userId: string;
  readonly deviceId: string;
  readonly token: string;
}

/** A homeserver in memory with a clock that the test moves, and short ways to talk to it. */
export class TestServer {
  readonly clock: FakeClock;
  readonly faults: string[] = [];
  readonly homeserver: Homeserver;
  #transactions = 0;

  constructor(config: Partial<HomeserverConfig> = {}, clock: FakeClock = new FakeClock()) {
    this.clock = clock;
    // Seeded by time, so that two servers on one database do not make the same ids.
    const random = seededRandom(clock.nowMs() % 2 ** 32);
    const logger = this.#logger();
    this.homeserver = createHomeserver(
      { clock, randomBytes: (lengthBytes) => random.bytes(lengthBytes), logger },
      {
        serverName: SERVER_NAME,
        publicUrl: BASE,
        databasePath: ":memory:",
        livekitServiceUrls: ["https://hs.test/livekit/jwt"],
        ...config,
      },
    );
  }

  async call(method: string, path: string, { token, body, address = "192.0.2.1", signal }: Call = {}): Promise<Answer> {
    const url = path.startsWith("/_") || path.startsWith("/.") ? path : `/_matrix/client/v3${path}`;
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const text = typeof body === "string" ? body : body === undefined ? undefined : JSON.stringify(body);
    const request = new Request(BASE + url, {
      method,
      headers,
      ...(text !== undefined && { body: text }),
      ...(signal && { signal }),
    });
    const response = await this.homeserver.fetch(request, address);
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: answer === "" ? {} : (JSON.parse(answer) as Body),
    };
  }

  /** Calls and insists on success. */
  async ok(method: string, path: string, call: Call = {}): Promise<Body> {
    const answer = await this.call(method, path, call);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async register(name: string, deviceId = `${name.toUpperCase()}DEV`): Promise<TestUser> {
    const body = { username: name, device_id: deviceId, auth: { type: "m.login.dummy" } };
    const answer = await this.ok("POST", "/register", { body });
    return { userId: String(answer["user_id"]), deviceId, token: String(answer["access_token"]) };
  }

  /** A public room of the first user that all others have joined. */
  async room(creator: TestUser, others: readonly TestUser[] = [], options: Body = {}): Promise<string> {
    const body = { preset: "public_chat", ...options };
    const roomId = String((await this.ok("POST", "/createRoom", { token: creator.token, body }))["room_id"]);
    for (const { token } of others) await this.ok("POST", `/join/${encodeURIComponent(roomId)}`, { token, body: {} });
    return roomId;
  }

  async send(user: TestUser, roomId: string, text: string): Promise<string> {
    this.#transactions += 1;
    const path = `/rooms/${roomId}/send/m.room.message/t${this.#transactions}`;
    return String(
      (await this.ok("PUT", path, { token: user.token, body: { msgtype: "m.text", body: text } }))["event_id"],
    );
  }

  async sync(user: TestUser, query: Readonly<Record<string, string>> = {}): Promise<Body> {
    return this.ok("GET", `/sync?${new URLSearchParams(query).toString()}`, { token: user.token });
  }

  close(): Promise<void> {
    return this.homeserver.close();
  }

  #logger(): Logger {
    const note = (message: string, fields: unknown): void =>
      void this.faults.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { error: note, warn: note, info() {}, debug() {}, child: () => logger };
    return logger;
  }
}

/** The value at a path of a body; throws nothing and finds `undefined` where there is none. */
export function at(body: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined,
    body,
  );
}

/** A list at a path; empty where there is none. */
export function list(body: unknown, ...path: readonly (string | number)[]): readonly Body[] {
  const value = at(body, ...path);
  return Array.isArray(value) ? (value as Body[]) : [];
}

import { randomUUID } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";

import { endServer, listenOnLoopback } from "./listening.ts";
import type { Certificate } from "./makeCertificate.ts";
import { requestBytes } from "./requestText.ts";

const USER_INFO = "/_matrix/federation/v1/openid/userinfo";
const VERSION = "/_matrix/federation/v1/version";
const DELAYED = /^\/_matrix\/client\/unstable\/org\.matrix\.msc4140\/delayed_events\/([^/]*)\/([^/]*)$/;

/** What a homeserver answers. `body` is written as it is if it is a text, else as JSON. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface LookUp {
  readonly token: string | undefined;
  readonly method: string | undefined;
  readonly host: string | undefined;
}

/** A call to the delayed events API. `delayId` is decoded, `path` is as it came. */
export interface DelayedCall {
  readonly delayId: string;
  readonly action: string;
  readonly path: string;
  readonly method: string | undefined;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
  readonly atMs: number;
}

type CallAnswer = (call: DelayedCall, earlier: number) => Answer;

/** The federation API over TLS and the client-server API over plain HTTP, of one server on loopback. */
export class FakeHomeserver {
  readonly lookUps: LookUp[] = [];
  readonly calls: DelayedCall[] = [];
  /** All that was asked of the client-server API, as it came. */
  readonly clientPaths: string[] = [];
  /** What `/.well-known/matrix/client` answers; a test may take it away. */
  wellKnown: Answer = { status: 404 };
  readonly #federation: Server;
  readonly #client: Server;
  readonly #tokens = new Map<string, Answer>();
  #userOf: ((token: string) => string) | undefined;
  readonly #callAnswers = new Map<string, CallAnswer>();
  #serverName = "";
  #clientUrl = "";

  private constructor({ cert, key }: Certificate) {
    this.#federation = createHttpsServer({ cert, key }, (request, response) =>
      this.#answerFederation(request, response),
    );
    this.#client = createHttpServer((request, response) => void this.#answerClient(request, response));
  }

  static async start(certificate: Certificate): Promise<FakeHomeserver> {
    const homeserver = new FakeHomeserver(certificate);
    homeserver.#serverName = `127.0.0.1:${await listenOnLoopback(homeserver.#federation)}`;
    homeserver.#clientUrl = `http://127.0.0.1:${await listenOnLoopback(homeserver.#client)}`;
    homeserver.wellKnown = { status: 200, body: { "m.homeserver": { base_url: homeserver.#clientUrl } } };
    return homeserver;
  }

  get serverName(): string {
    return this.#serverName;
  }

  get clientUrl(): string {
    return this.#clientUrl;
  }

  /** An OpenID token for which the homeserver vouches. */
  tokenOf(userId: string): string {
    return this.tokenAnswering({ status: 200, body: { sub: userId } });
  }

  /** An OpenID token for which the homeserver gives this answer. */
  tokenAnswering(answer: Answer): string {
    const token = randomUUID();
    this.#tokens.set(token, answer);
    return token;
  }

  /** From now on every token is good and remembered nowhere: for benchmarks. */
  vouchFor(userOf: (token: string) => string): void {
    this.#userOf = userOf;
  }

  /** Says how calls about one delayed event are answered; 200 otherwise. */
  answerCalls(delayId: string, answer: CallAnswer): void {
    this.#callAnswers.set(delayId, answer);
  }

  callsOf(delayId: string): readonly DelayedCall[] {
    return this.calls.filter((call) => call.delayId === delayId);
  }

  actionsOf(delayId: string): readonly string[] {
    return this.callsOf(delayId).map(({ action }) => action);
  }

  lookUpsOf(token: string): readonly LookUp[] {
    return this.lookUps.filter((lookUp) => lookUp.token === token);
  }

  async close(): Promise<void> {
    await Promise.all([endServer(this.#federation), endServer(this.#client)]);
  }

  #answerFederation(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "https://homeserver");
    if (url.pathname === "/.well-known/matrix/client") return send(response, this.wellKnown);
    if (url.pathname === VERSION)
      return send(response, { status: 200, body: { server: { name: "fake", version: "1" } } });
    if (url.pathname !== USER_INFO) return send(response, { status: 404 });
    const token = url.searchParams.get("access_token") ?? undefined;
    if (this.#userOf) return send(response, { status: 200, body: { sub: this.#userOf(token ?? "") } });
    this.lookUps.push({ token, method: request.method, host: request.headers.host });
    const unknown = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN", error: "unknown" } };
    send(response, this.#tokens.get(token ?? "") ?? unknown);
  }

  async #answerClient(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await requestBytes(request)).toString();
    this.clientPaths.push(request.url ?? "");
    const match = DELAYED.exec(request.url ?? "");
    if (!match) return send(response, { status: 404, body: { errcode: "M_UNRECOGNIZED", error: "no such path" } });
    const call: DelayedCall = {
      delayId: decodeURIComponent(match[1] ?? ""),
      action: match[2] ?? "",
      path: request.url ?? "",
      method: request.method,
      body,
      headers: request.headers,
      atMs: Date.now(),
    };
    const earlier = this.callsOf(call.delayId).length;
    this.calls.push(call);
    send(response, this.#callAnswers.get(call.delayId)?.(call, earlier) ?? { status: 200, body: {} });
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
}

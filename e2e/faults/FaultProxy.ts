import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

import { Secret } from "@conclave/kit";

import { carryOut } from "./exchange.ts";
import { Gate } from "./Gate.ts";
import { RuleInForce } from "./RuleInForce.ts";
import { matches, ruleFor, type RequestPattern, type Rule, type SeenRequest } from "./rules.ts";
import { Traffic, type Passage } from "./Traffic.ts";
import { Upstream, type OriginOf } from "./Upstream.ts";

/** Longer than a story lasts: who closes first must not be the one who is about to be asked. */
const KEEP_ALIVE_MS = 600_000;

interface UnderWay {
  readonly request: SeenRequest;
  readonly client: ServerResponse;
}

/**
 * A server on loopback in front of another one. Everything passes untouched, long polls and WebSockets included, but
 * for requests that fall under a rule. The `Host` is passed on, so that an installation names the proxy's origin as its
 * own: a browser that opens the app here stays here.
 */
export class FaultProxy {
  /** The origin, without trailing slash. */
  readonly url: string;
  readonly #server: Server;
  readonly #upstream: Upstream;
  readonly #traffic = new Traffic();
  readonly #sockets = new Set<Socket>();
  readonly #underWay = new Set<UnderWay>();
  #rules: readonly RuleInForce[] = [];

  private constructor(server: Server, upstream: Upstream) {
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#upstream = upstream;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    server.on("request", (incoming, client) => void this.#serve(incoming, client));
    server.on("upgrade", (incoming, client, head) => upstream.upgrade(incoming, client, head));
  }

  /** @param origin of the server behind it, which need not run yet, or which one each request goes to */
  static async start(origin: string | OriginOf): Promise<FaultProxy> {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FaultProxy(server, new Upstream(typeof origin === "string" ? () => origin : origin));
  }

  /** Puts a rule in force. Where several match a request, the newest that is not spent applies, alone. */
  add(rule: Rule): RuleInForce {
    const added = new RuleInForce(rule, (gone) => {
      this.#rules = this.#rules.filter((other) => other !== gone);
    });
    this.#rules = [...this.#rules, added];
    return added;
  }

  /** Takes the upstream away from such requests: those under way break off, and new ones fail until the rule goes. */
  cut(match: RequestPattern): RuleInForce {
    const rule = this.add({ match, fault: { type: "sever" } });
    for (const { request, client } of this.#underWay) if (matches(match, request)) client.destroy();
    return rule;
  }

  /** Removes every rule, and lets go what they hold. */
  async heal(): Promise<void> {
    const removed = this.#rules;
    this.#rules = [];
    await Promise.all(removed.map((rule) => rule.release()));
  }

  /** The requests that came by so far, oldest first. */
  passages(pattern: RequestPattern = {}): readonly Passage[] {
    return this.#traffic.of(pattern);
  }

  /** Cuts every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#upstream.close();
    await closed;
  }

  async #serve(incoming: IncomingMessage, client: ServerResponse): Promise<void> {
    const request = seenRequest(incoming);
    const rule = ruleFor(this.#rules, request);
    rule?.use();
    const passage = this.#traffic.begin(request, rule?.rule.fault.type);
    const gone = new AbortController();
    const underWay = { request, client };
    this.#underWay.add(underWay);
    client.on("close", () => {
      this.#underWay.delete(underWay);
      passage.endedAtMs = Date.now();
      if (client.writableFinished) passage.status = client.statusCode;
      else gone.abort();
    });
    const exchange = { upstream: this.#upstream, incoming, client, gone: gone.signal };
    try {
      await carryOut(exchange, rule?.rule.fault, rule?.gate ?? new Gate());
    } catch {
      // Either of the two went away, so the other must see that.
      client.destroy();
    }
  }
}

function seenRequest({ method = "", url = "", headers }: IncomingMessage): SeenRequest {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  return { method, target: url, accessToken: token === undefined ? undefined : new Secret(token) };
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

import { sleep, systemClock } from "@conclave/kit";

import type { Gate } from "./Gate.ts";
import { headersFor, headersOf } from "./headers.ts";
import { readBody } from "./readBody.ts";
import type { Edit, Fault } from "./rules.ts";
import type { Upstream } from "./Upstream.ts";

type FaultOf<Type extends Fault["type"]> = Extract<Fault, { readonly type: Type }>;

/** One request, and the two who are concerned. */
export interface Exchange {
  readonly upstream: Upstream;
  readonly incoming: IncomingMessage;
  readonly client: ServerResponse;
  /** Aborted when the client has gone away. */
  readonly gone: AbortSignal;
}

/** Passes a request on and its answer back, with the fault that is wished. Rejects if one of the two goes away. */
export async function carryOut(exchange: Exchange, fault: Fault | undefined, gate: Gate): Promise<void> {
  switch (fault?.type) {
    case "delay":
      return delay(exchange, fault.delayMs);
    case "sever":
      return void exchange.incoming.socket.resetAndDestroy();
    case "refuse":
      return refuse(exchange, fault);
    case "lose_answer":
      return loseAnswer(exchange, fault.at ?? "start");
    case "hold":
      return hold(exchange, fault.what, gate);
    case "duplicate":
      return duplicate(exchange);
    case "edit":
      return edit(exchange, fault);
    default:
      return answer(exchange, await ask(exchange));
  }
}

function ask({ upstream, incoming, gone }: Exchange): Promise<IncomingMessage> {
  return upstream.ask(incoming, { signal: gone });
}

function answer({ client }: Exchange, from: IncomingMessage): Promise<void> {
  client.writeHead(from.statusCode ?? 502, headersOf(from));
  return pipeline(from, client);
}

async function delay(exchange: Exchange, delayMs: number): Promise<void> {
  const late = await ask(exchange);
  await sleep(systemClock, delayMs, exchange.gone);
  await answer(exchange, late);
}

async function refuse(
  { incoming, client }: Exchange,
  { status = 429, retryAfterMs }: FaultOf<"refuse">,
): Promise<void> {
  // A client may not look at an answer before it has got rid of its request.
  await readBody(incoming);
  const errcode = status === 429 ? "M_LIMIT_EXCEEDED" : "M_UNKNOWN";
  const wait = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
  client.writeHead(status, { "content-type": "application/json", "access-control-allow-origin": "*" });
  client.end(JSON.stringify({ errcode, error: "A fault that a story wished", ...wait }));
}

async function loseAnswer(exchange: Exchange, at: "start" | "body"): Promise<void> {
  const { upstream, incoming, client } = exchange;
  const lost = await upstream.ask(incoming, { body: await readBody(incoming) });
  const body = await readBody(lost);
  const socket = incoming.socket;
  if (at === "start") return void socket.resetAndDestroy();
  client.writeHead(lost.statusCode ?? 502, { ...headersOf(lost), "content-length": Math.max(1, body.length) });
  client.flushHeaders();
  // Not a reset: that could overtake the head, and then a browser would repeat the request by itself.
  socket.end();
}

async function hold(exchange: Exchange, what: "request" | "answer", gate: Gate): Promise<void> {
  if (what === "request") return answer(exchange, await gate.through(() => ask(exchange)));
  const held = await ask(exchange);
  await gate.through(() => answer(exchange, held));
}

async function duplicate(exchange: Exchange): Promise<void> {
  const { upstream, incoming } = exchange;
  const body = await readBody(incoming);
  await readBody(await upstream.ask(incoming, { body }));
  await answer(exchange, await upstream.ask(incoming, { body }));
}

async function edit({ upstream, incoming, client }: Exchange, fault: FaultOf<"edit">): Promise<void> {
  // What is edited must be readable.
  delete incoming.headers["accept-encoding"];
  const asked = await upstream.ask(incoming, { body: apply(fault.request, await readBody(incoming)) });
  const body = apply(fault.answer, await readBody(asked));
  client.writeHead(asked.statusCode ?? 502, headersFor(asked, body));
  client.end(body);
}

function apply(change: Edit | undefined, body: Buffer): Buffer {
  return change ? Buffer.from(change(body.toString("utf8"))) : body;
}

import { createServer, type ServerResponse } from "node:http";

/**
 * What Node needs for HTTP alone: reads a body and answers `{}`; holds every `GET /wait` until a `PUT /release`, and
 * answers them all with as many bytes as a sync takes. `GET /held/N` is answered once so many are held. It says
 * `port NUMBER` once it listens.
 */
const ANSWER = JSON.stringify({ next_batch: "s1", rooms: "x".repeat(1_000) });
const held = new Set<ServerResponse>();
let whenHeld: { readonly count: number; readonly response: ServerResponse } | undefined;

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const count = /^\/held\/(\d+)$/.exec(request.url ?? "")?.[1];
    if (count !== undefined) whenHeld = { count: Number(count), response };
    if (request.url === "/wait") held.add(response);
    sayWhetherHeld();
    if (count !== undefined || request.url === "/wait") return;
    if (request.url === "/release") release();
    response.setHeader("content-type", "application/json").end("{}");
  });
});

function sayWhetherHeld(): void {
  if (!whenHeld || held.size < whenHeld.count) return;
  whenHeld.response.end("{}");
  whenHeld = undefined;
}

function release(): void {
  for (const response of held) response.setHeader("content-type", "application/json").end(ANSWER);
  held.clear();
}

server.listen(0, "127.0.0.1", () => {
  console.log(`port ${(server.address() as { port: number }).port}`);
});

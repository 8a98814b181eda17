import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { HttpAnswer } from "./httpCall.ts";
import { deadlineIn } from "./deadline.ts";
import { createHttpClient, type HttpClient, type Reach } from "./httpClient.ts";

const LIMIT_BYTES = 1000;
let server: Server;
let origin: string;
let connections: number;
let client: HttpClient;
let resolved: readonly (readonly string[])[];
let allowed: readonly string[];

const reach: Reach = {
  addressesOf: () => {
    const [next = [], ...later] = resolved;
    resolved = later;
    return Promise.resolve(next);
  },
  mayConnect: (address) => allowed.includes(address),
};

beforeEach(async () => {
  connections = 0;
  server = createServer((request, response) => {
    if (request.url === "/huge") response.end("x".repeat(LIMIT_BYTES + 1));
    else if (request.url === "/silent") response.write("x");
    else if (request.url === "/moved") response.writeHead(302, { location: "/there" }).end();
    else response.end(request.headers.host);
  });
  server.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://homeserver.test:${(server.address() as AddressInfo).port}`;
  allowed = ["127.0.0.1"];
  resolved = [["127.0.0.1"]];
  client = createHttpClient(reach, { isTlsChecked: true });
});

afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

function get(url: string, waitMs = 5000): Promise<HttpAnswer> {
  return client.call({ method: "GET", url: new URL(url), limitBytes: LIMIT_BYTES, deadline: deadlineIn(waitMs) });
}

describe("createHttpClient", () => {
  it("connects to the address that was checked, with the name in Host", async () => {
    const answer = await get(`${origin}/`);

    expect([answer.status, answer.body.toString()]).toEqual([200, new URL(origin).host]);
  });

  it("connects nowhere if one of a name's addresses is not allowed", async () => {
    resolved = [["127.0.0.1", "127.0.0.2"]];

    await expect(get(`${origin}/`)).rejects.toMatchObject({ reason: "address_denied" });
    expect(connections).toBe(0);
  });

  it("connects nowhere if a name changes its address after the check", async () => {
    // The second answer would be the one that counts if the name were resolved again.
    resolved = [["127.0.0.2"], ["127.0.0.1"]];

    await expect(get(`${origin}/`)).rejects.toMatchObject({ reason: "address_denied" });
    expect([connections, resolved.length]).toEqual([0, 1]);
  });

  it("checks literals too, where a record points to one as well", async () => {
    allowed = [];
    const { port } = server.address() as AddressInfo;
    const literal = get(`http://127.0.0.1:${port}/`);
    const pointed = client.call({
      method: "GET",
      url: new URL(origin),
      connectTo: { host: "127.0.0.1", port },
      limitBytes: LIMIT_BYTES,
      deadline: deadlineIn(5000),
    });

    await expect(literal).rejects.toMatchObject({ reason: "address_denied" });
    await expect(pointed).rejects.toMatchObject({ reason: "address_denied" });
    expect(connections).toBe(0);
  });

  it("reads no more than the limit, and follows nothing", async () => {
    resolved = [["127.0.0.1"], ["127.0.0.1"]];

    await expect(get(`${origin}/huge`)).rejects.toMatchObject({ reason: "answer_too_long" });
    expect((await get(`${origin}/moved`)).status).toBe(302);
  });

  it("waits no longer than until the deadline, and hangs up then", async () => {
    const hungUp = new Promise((resolve) => server.once("request", (request) => request.once("close", resolve)));

    await expect(get(`${origin}/silent`, 200)).rejects.toMatchObject({ reason: "timed_out" });
    await hungUp;
  });

  it("says that a name is unknown", async () => {
    resolved = [[]];

    await expect(get(`${origin}/`)).rejects.toMatchObject({ reason: "name_unknown" });
  });
});

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { FaultProxy } from "./FaultProxy.ts";
import { readBody } from "./readBody.ts";
import { matches, ruleFor, type SeenRequest } from "./rules.ts";
import { mostAtOnce } from "./Traffic.ts";

const KEY = { method: "PUT", target: /^\/send\// };
const DELAY_MS = 500;

/** Keeps the bodies that it is sent, and answers with their text. */
let heard: string[] = [];
let answerSlowly: ((client: ServerResponse) => void) | undefined;
let upstream: Server;
let proxy: FaultProxy;

beforeEach(async () => {
  heard = [];
  answerSlowly = undefined;
  upstream = createServer((request, client) => void echo(request, client)).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  proxy = await FaultProxy.start(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
});

afterEach(async () => {
  await proxy.close();
  upstream.closeAllConnections();
  upstream.close();
});

async function echo(request: IncomingMessage, client: ServerResponse): Promise<void> {
  const text = (await readBody(request)).toString("utf8");
  heard.push(text);
  if (answerSlowly) return answerSlowly(client);
  client.writeHead(200, { "content-type": "text/plain", "x-host": request.headers.host ?? "" }).end(`heard ${text}`);
}

function put(text: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${proxy.url}/send/1`, { method: "PUT", body: text, headers });
}

async function textOf(answer: Promise<Response>): Promise<string> {
  return (await answer).text();
}

describe("a cut", () => {
  it("breaks what is under way, keeps later requests from the upstream, and ends with its rule", async () => {
    answerSlowly = () => {};
    const waiting = expect(put("under way")).rejects.toThrow();
    await expect.poll(() => heard).toEqual(["under way"]);

    const rule = proxy.cut(KEY);
    await waiting;
    await expect(put("later")).rejects.toThrow();
    answerSlowly = undefined;
    rule.remove();

    expect(await textOf(put("healed"))).toBe("heard healed");
    expect(heard).toEqual(["under way", "healed"]);
  });

  it("leaves others alone", async () => {
    proxy.cut({ ...KEY, accessToken: "somebody's" });

    await expect(put("key", { authorization: "Bearer somebody's" })).rejects.toThrow();
    expect(await textOf(put("key"))).toBe("heard key");
  });
});

it("takes each request to the upstream that it is for", async () => {
  const [one, other] = [(upstream.address() as AddressInfo).port, 1];
  const split = await FaultProxy.start((target) => `http://127.0.0.1:${target.startsWith("/send/") ? one : other}`);

  const [there, nowhere] = await Promise.allSettled([fetch(`${split.url}/send/1`), fetch(`${split.url}/else`)]);
  await split.close();

  expect([there.status, nowhere.status]).toEqual(["fulfilled", "rejected"]);
});

describe("a request that no rule is about", () => {
  it("passes with its body, its host and its answer", async () => {
    const response = await put("key");

    expect(await response.text()).toBe("heard key");
    expect(response.headers.get("x-host")).toBe(new URL(proxy.url).host);
    expect(proxy.passages(KEY)).toMatchObject([{ status: 200, fault: undefined }]);
  });

  it("has its answer as it comes, and takes the upstream's request with it when it gives up", async () => {
    const givingUp = new AbortController();
    const ended = new Promise((resolve) => {
      answerSlowly = (client) => {
        client.on("close", resolve);
        client.write("first part");
      };
    });

    const response = await fetch(`${proxy.url}/poll`, { signal: givingUp.signal });
    const { value } = await response.body!.getReader().read();
    givingUp.abort();
    await ended;

    expect(new TextDecoder().decode(value)).toBe("first part");
    expect(proxy.passages()).toMatchObject([{ request: { target: "/poll" } }]);
    expect(proxy.passages()[0]).not.toHaveProperty("status");
  });

  it("passes an upgrade and what both sides say after it", async () => {
    upstream.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n");
      socket.on("data", (data) => void socket.write(`you said ${data.toString()}`));
    });
    const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
    let said = "";
    socket.on("data", (data) => (said += data.toString()));

    socket.write("GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n");
    await expect.poll(() => said).toMatch(/^HTTP\/1\.1 101 /);
    socket.write("hello");

    await expect.poll(() => said).toMatch(/you said hello$/);
    socket.destroy();
  });
});

describe("a rule", () => {
  it("applies as often as it says, to what it matches, until it is removed", async () => {
    const twice = proxy.add({ match: KEY, fault: { type: "refuse" }, times: 2 });
    const always = proxy.add({ match: { target: /^\/other/ }, fault: { type: "refuse", status: 502 } });

    const statuses = [await put("a"), await put("b"), await put("c")].map(({ status }) => status);
    const other = await fetch(`${proxy.url}/other`);
    always.remove();

    expect(statuses).toEqual([429, 429, 200]);
    expect(other.status).toBe(502);
    expect((await fetch(`${proxy.url}/other`)).status).toBe(200);
    expect([twice.used, always.used]).toEqual([2, 1]);
    expect(heard).toEqual(["c", ""]);
  });

  it("gives way to a newer one, and does its work when that is spent", () => {
    const request: SeenRequest = { method: "PUT", target: "/send/1?x=1", accessToken: undefined };
    const older = { rule: { match: {}, fault: { type: "refuse" } }, used: 7 } as const;
    const newer = { rule: { match: KEY, fault: { type: "duplicate" }, times: 1 }, used: 0 } as const;

    expect(ruleFor([older, newer], request)).toBe(newer);
    expect(ruleFor([older, { ...newer, used: 1 }], request)).toBe(older);
    expect(ruleFor([newer], { ...request, method: "GET" })).toBeUndefined();
  });

  it("can be about one device", async () => {
    proxy.add({ match: { ...KEY, accessToken: "bob" }, fault: { type: "refuse" } });

    const bob = await put("a", { authorization: "Bearer bob" });
    const alice = await put("b", { authorization: "Bearer alice" });

    expect([bob.status, alice.status]).toEqual([429, 200]);
    expect(proxy.passages({ accessToken: "alice" })).toHaveLength(1);
    expect(matches({ accessToken: "bob" }, { method: "GET", target: "/", accessToken: undefined })).toBe(false);
  });
});

describe("a fault", () => {
  it("delays the answer, not the work, and requests side by side", async () => {
    proxy.add({ match: KEY, fault: { type: "delay", delayMs: DELAY_MS } });
    const askedAtMs = Date.now();

    const answers = Promise.all([textOf(put("a")), textOf(put("b"))]);
    await expect.poll(() => heard.length, { interval: 5 }).toBe(2);
    const workedAfterMs = Date.now() - askedAtMs;
    await answers;

    expect(workedAfterMs).toBeLessThan(DELAY_MS);
    expect(Date.now() - askedAtMs).toBeGreaterThanOrEqual(DELAY_MS);
    expect(mostAtOnce(proxy.passages(KEY))).toBe(2);
  });

  it("refuses as a homeserver does", async () => {
    proxy.add({ match: KEY, fault: { type: "refuse", retryAfterMs: 3_000 } });

    const response = await put("a");

    expect(await response.json()).toMatchObject({ errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 3_000 });
    expect(heard).toEqual([]);
  });

  it("loses the answer before its first byte, after the work", async () => {
    proxy.add({ match: KEY, fault: { type: "lose_answer" }, times: 1 });

    await expect(put("a")).rejects.toThrow();
    await put("b");

    expect(heard).toEqual(["a", "b"]);
    expect(proxy.passages(KEY)[0]).not.toHaveProperty("status");
  });

  it("loses the answer between head and body", async () => {
    proxy.add({ match: KEY, fault: { type: "lose_answer", at: "body" }, times: 1 });

    const response = await put("a");

    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(heard).toEqual(["a"]);
  });

  it("holds requests and lets them go in the other order", async () => {
    const rule = proxy.add({ match: KEY, fault: { type: "hold", what: "request" }, times: 2 });
    const answers = [put("a")];
    await expect.poll(() => rule.held).toBe(1);
    answers.push(put("b"));
    await expect.poll(() => rule.held).toBe(2);
    expect(heard).toEqual([]);

    await rule.release("newest_first");
    await Promise.all(answers);

    expect(heard).toEqual(["b", "a"]);
  });

  it("holds the answer while the client goes away", async () => {
    const rule = proxy.add({ match: KEY, fault: { type: "hold", what: "answer" } });
    const leaving = new AbortController();
    const answer = fetch(`${proxy.url}/send/1`, { method: "PUT", body: "a", signal: leaving.signal });
    await expect.poll(() => rule.held).toBe(1);

    leaving.abort();
    await expect(answer).rejects.toThrow();
    await proxy.heal();

    expect(heard).toEqual(["a"]);
    expect((await put("b")).status).toBe(200);
  });

  it("sends a request twice", async () => {
    proxy.add({ match: KEY, fault: { type: "duplicate" }, times: 1 });

    expect(await textOf(put("a"))).toBe("heard a");

    expect(heard).toEqual(["a", "a"]);
  });

  it("edits what is asked and what is answered", async () => {
    const edits = { request: (body: string) => `${body}!`, answer: (body: string) => body.toUpperCase() };
    proxy.add({ match: KEY, fault: { type: "edit", ...edits } });

    expect(await textOf(put("a"))).toBe("HEARD A!");
  });

  it("cuts the client off when there is nobody behind the proxy", async () => {
    upstream.closeAllConnections();
    upstream.close();

    await expect(put("a")).rejects.toThrow();
  });
});

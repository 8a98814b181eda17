import { Scope } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import { HomeserverClient, matrixPath } from "./HomeserverClient.ts";
import { refuse } from "./testing/TinyHomeserver.ts";

type Step = Response | (() => Response | Promise<Response>);

function setUp(...steps: Step[]) {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const sent: { url: string; init: RequestInit }[] = [];
  const fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    sent.push({ url: input as string, init });
    const step = steps.shift();
    if (!step) return untilAborted(init.signal);
    return typeof step === "function" ? step() : step;
  };
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example/", fetch, clock, signal: scope.signal });
  return { client, clock, scope, sent };
}

function untilAborted(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

const GET = { method: "GET", path: "/thing" } as const;

describe("requests", () => {
  test("carry the token in a header, and JSON", async () => {
    const { client, sent } = setUp(Response.json({ ok: 1 }));
    client.useAccessToken("the-token");

    const body = await client.json({ method: "PUT", path: "/thing", query: { a: "b c" }, body: { x: 1 } });

    expect(body).toEqual({ ok: 1 });
    expect(sent[0]?.url).toBe("https://hs.example/thing?a=b+c");
    expect(sent[0]?.init).toMatchObject({
      method: "PUT",
      body: '{"x":1}',
      headers: { authorization: "Bearer the-token", "content-type": "application/json" },
    });
  });

  test("have no header at all when they need no token, so that they cost no preflight", async () => {
    const { client, sent } = setUp(Response.json({}));
    client.useAccessToken("the-token");

    await client.json({ ...GET, auth: false });

    expect(sent[0]?.init.headers).toEqual({});
  });

  test("encode what is variable in a path", () => {
    expect(matrixPath("/p", "!a/b:c", "x y")).toBe("/p/!a%2Fb%3Ac/x%20y");
  });
});

describe("failures", () => {
  test.each([
    [401, "M_UNKNOWN_TOKEN", "logged_out"],
    [403, "M_FORBIDDEN", "forbidden"],
    [404, "M_NOT_FOUND", "not_found"],
    [404, "M_UNRECOGNIZED", "unsupported"],
    [405, "", "unsupported"],
    [400, "M_BAD_JSON", "homeserver_refused"],
    [502, "", "homeserver_unreachable"],
  ])("map %d %s to %s", async (status, errcode, code) => {
    const { client } = setUp(refuse(status, errcode));

    await expect(client.json(GET)).rejects.toMatchObject({ code, retryable: code === "homeserver_unreachable" });
  });

  test("say how long to wait when there were too many requests", async () => {
    const { client } = setUp(
      refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 1234 }),
      new Response("{}", { status: 429, headers: { "retry-after": "3" } }),
    );

    await expect(client.json(GET)).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 1234, retryable: true });
    await expect(client.json(GET)).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 3000 });
  });

  test("end a request that takes too long, and leave no timer", async () => {
    const { client, clock } = setUp();

    const answer = expect(client.json(GET)).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: true });
    await clock.advance(15_000);
    await answer;

    expect(clock.pendingTimers).toBe(0);
  });

  test("end every request with the scope, for good", async () => {
    const { client, clock, scope } = setUp();

    const answer = expect(client.json({ ...GET, retries: 5 })).rejects.toMatchObject({
      code: "homeserver_unreachable",
      retryable: false,
    });
    await scope.end();
    await answer;

    expect(clock.pendingTimers).toBe(0);
  });

  test("refuse an answer that is longer than allowed", async () => {
    const { client } = setUp(new Response("x".repeat(100)));

    await expect(client.json({ ...GET, maxBodyBytes: 99 })).rejects.toMatchObject({ code: "homeserver_refused" });
  });

  test("refuse an answer that is not JSON", async () => {
    const { client } = setUp(new Response("<html>"));

    await expect(client.json(GET)).rejects.toMatchObject({ code: "homeserver_refused" });
  });
});

describe("retries", () => {
  test("send the same request again after an outage", async () => {
    const { client, clock, sent } = setUp(
      () => Promise.reject(new TypeError("network")),
      refuse(503, ""),
      Response.json({ ok: 1 }),
    );

    const answer = client.json({ method: "PUT", path: "/send/txn.0", body: { x: 1 }, retries: 2 });
    await clock.advance(500);
    await clock.advance(1000);

    await expect(answer).resolves.toEqual({ ok: 1 });
    expect(new Set(sent.map(({ url, init }) => `${url} ${init.body as string}`)).size).toBe(1);
    expect(sent).toHaveLength(3);
  });

  test("wait as long as the homeserver asks", async () => {
    const { client, clock, sent } = setUp(refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 3000 }), Response.json({}));

    const answer = client.json({ ...GET, retries: 1 });
    await clock.advance(2999);
    const sentBefore = sent.length;
    await clock.advance(1);
    await answer;

    expect([sentBefore, sent.length]).toEqual([1, 2]);
  });

  test("hand a long wait to the caller", async () => {
    const { client } = setUp(refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 60_000 }));

    await expect(client.json({ ...GET, retries: 1 })).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterMs: 60_000,
    });
  });

  test("never repeat a refusal", async () => {
    const { client, sent } = setUp(refuse(403, "M_FORBIDDEN"), Response.json({}));

    await expect(client.json({ ...GET, retries: 3 })).rejects.toMatchObject({ code: "forbidden" });
    await settlePromises();

    expect(sent).toHaveLength(1);
  });
});

import { ConnectionError, MatrixError } from "matrix-js-sdk";
import { describe, expect, test } from "vitest";

import { type AuthedHttp, authedFetch } from "./authedFetch.ts";

const BASE = "https://hs.example/below";

function setUp(answer: () => Promise<unknown>) {
  const asked: unknown[][] = [];
  const client = {
    http: {
      authedRequest: (...args: unknown[]) => {
        asked.push(args);
        return answer();
      },
    },
  } as unknown as AuthedHttp;
  return { asked, fetch: authedFetch(client, BASE) };
}

describe("a request through the host's client", () => {
  test("keeps its path, query, body and limits", async () => {
    const { asked, fetch } = setUp(() => Promise.resolve(new Blob(['{"event_id":"$1"}'])));
    const { signal } = new AbortController();
    const init = {
      method: "PUT",
      body: "{}",
      headers: { "content-type": "application/json" },
      keepalive: true,
      signal,
    };

    const response = await fetch(`${BASE}/_matrix/a%2Fb?org.x.delay=5`, init);

    expect(await response.json()).toEqual({ event_id: "$1" });
    expect(asked).toEqual([
      [
        "PUT",
        "/_matrix/a%2Fb",
        { "org.x.delay": "5" },
        "{}",
        {
          baseUrl: BASE,
          prefix: "",
          rawResponseBody: true,
          headers: { "content-type": "application/json" },
          keepAlive: true,
          abortSignal: signal,
        },
      ],
    ]);
  });

  test("answers as the homeserver did when it refuses", async () => {
    const body = { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 10 };
    const headers = new Headers({ "retry-after": "1" });
    const { fetch } = setUp(() => Promise.reject(new MatrixError(body, 429, "", undefined, headers)));

    const response = await fetch(`${BASE}/thing`);

    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(await response.json()).toMatchObject(body);
  });

  test("is a bad gateway's if the status is none of a refusal", async () => {
    const { fetch } = setUp(() => Promise.reject(new MatrixError({}, 304)));

    expect((await fetch(`${BASE}/thing`)).status).toBe(502);
  });

  test("rejects if there was no answer", async () => {
    const { fetch } = setUp(() => Promise.reject(new ConnectionError("fetch failed")));

    await expect(fetch(`${BASE}/thing`)).rejects.toThrow(ConnectionError);
  });
});

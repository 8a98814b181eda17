import { FakeClock } from "@conclave/kit/testing";
import { expect, it } from "vitest";

import { delayedEventsOverHttp } from "./delayedEventsOverHttp.ts";
import { NetworkFault, type HttpAnswer, type HttpRequest } from "./httpCall.ts";

const CALL = { serverName: "example.com", delayId: "d/../1?", action: "restart" } as const;

async function act(answer: Partial<HttpAnswer> | NetworkFault, headers: Readonly<Record<string, string>> = {}) {
  const requests: HttpRequest[] = [];
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const call = (request: HttpRequest): Promise<HttpAnswer> => {
    requests.push(request);
    if (answer instanceof NetworkFault) return Promise.reject(answer);
    const full = { status: 200, body: Buffer.alloc(0), headers: { get: (name: string) => headers[name] ?? null } };
    return Promise.resolve({ ...full, ...answer });
  };
  const clientApi = () => Promise.resolve({ baseUrl: "https://api.example.com/x", call });
  return { requests, result: await delayedEventsOverHttp({ clock, clientApi }).act(CALL) };
}

it("puts the id into one path segment, and says nothing about who we are", async () => {
  const { requests } = await act({});

  expect(requests[0]?.url.pathname).toBe(
    "/x/_matrix/client/unstable/org.matrix.msc4140/delayed_events/d%2F..%2F1%3F/restart",
  );
  expect(requests[0]?.headers).toEqual({ "content-type": "application/json" });
  expect(requests[0]?.body?.toString()).toBe("{}");
});

it.each([
  [{ status: 200 }, {}, { is: "done" }],
  [{ status: 204 }, {}, { is: "done" }],
  [{ status: 404 }, {}, { is: "gone" }],
  [{ status: 502 }, {}, { is: "failed", reason: "status 502" }],
  [{ status: 429 }, { "retry-after": "3" }, { is: "failed", reason: "status 429", retryAfterMs: 3000 }],
  [
    { status: 429 },
    { "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT" },
    { is: "failed", reason: "status 429", retryAfterMs: 7000 },
  ],
  [
    { status: 429, body: Buffer.from('{"retry_after_ms":1001}') },
    {},
    { is: "failed", reason: "status 429", retryAfterMs: 2000 },
  ],
  [{ status: 429 }, {}, { is: "failed", reason: "status 429" }],
  [{ status: 429 }, { "retry-after": "99999999" }, { is: "failed", reason: "status 429", retryAfterMs: 3_600_000 }],
])("reads %j with %j", async (answer, headers, expected) => {
  expect((await act(answer, headers)).result).toEqual(expected);
});

it("answers a silent homeserver like a failing one", async () => {
  expect((await act(new NetworkFault("timed_out"))).result).toEqual({ is: "failed", reason: "timed_out" });
});

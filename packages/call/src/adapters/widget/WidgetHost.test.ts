import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

import { FakeHostPage } from "./testing/FakeHostPage.ts";
import { WidgetHost } from "./WidgetHost.ts";

let page: FakeHostPage;
let clock: FakeClock;
let scope: Scope;
let host: WidgetHost;

beforeEach(() => {
  page = new FakeHostPage();
  clock = new FakeClock();
  scope = new Scope();
  host = openHost(page.parentUrl);
  onTestFinished(() => scope.end());
});

function openHost(parentUrl: string): WidgetHost {
  const { widgetId, window } = page;
  return new WidgetHost({ window, widgetId, parentUrl, clock, logger: silentLogger }, scope);
}

const request = { api: "toWidget", widgetId: "w1", requestId: "r", action: "ping", data: {} };

describe("a message counts only", () => {
  const elsewhere = {
    "from the parent window": { source: {} },
    "from the origin of parentUrl": { origin: "https://host.example.evil.example" },
    "from the parent's scheme": { origin: "http://host.example" },
  };
  for (const [name, from] of Object.entries(elsewhere)) {
    test(name, () => {
      const heard: unknown[] = [];
      host.answer("ping", (data) => [heard.push(data)], scope);

      page.post(request, from);

      expect([heard, page.received, host.ignoredMessages]).toEqual([[], [], 1]);
    });
  }

  test.each([
    { ...request, widgetId: "w2" },
    { ...request, widgetId: undefined },
    { ...request, action: 5 },
    { ...request, api: "fromWidget" },
    { ...request, api: "fromWidget", response: { yes: 1 } },
    { ...request, response: {} },
    "ping",
    null,
    [],
  ])("if it is a request for this widget, not %j", (data) => {
    const heard: unknown[] = [];
    host.answer("ping", (content) => [heard.push(content)], scope);

    page.post(data);

    expect([heard, page.received, host.ignoredMessages]).toEqual([[], [], 1]);
  });
});

test.each(["javascript:alert(1)", "data:text/html,x", "file:///host", "host.example", ""])(
  "no host is at %j",
  (parentUrl) => {
    expect(() => openHost(parentUrl)).toThrow(expect.objectContaining({ code: "forbidden" }));
  },
);

test("what is sent goes to the origin of parentUrl and nowhere else", () => {
  void host.request("get_openid").catch(() => {});

  expect(page.received.map(({ targetOrigin }) => targetOrigin)).toEqual(["https://host.example"]);
});

describe("a request of the host", () => {
  test("is answered with what the handler says", async () => {
    host.answer("ping", ({ count }) => ({ count }), scope);

    expect(await page.ask("ping", { count: 3 })).toEqual({ count: 3 });
  });

  test("that nobody handles is refused", async () => {
    expect(await page.ask("unheard_of")).toEqual({ error: { message: "Unknown action: unheard_of" } });
  });

  test("is refused without details if the handler fails", async () => {
    host.answer("ping", () => Promise.reject(new Error("secret")), scope);

    expect(await page.ask("ping")).toEqual({ error: { message: "The widget failed" } });
  });
});

describe("a request to the host", () => {
  test("resolves with the answer to it, once", async () => {
    const asking = host.request("get_openid");
    const [{ message } = { message: request }] = page.received;

    page.post({ ...message, requestId: "other", response: { state: "blocked" } });
    page.post({ ...message, action: "send_event", response: { state: "blocked" } });
    page.post({ ...message, response: { state: "allowed" } });
    page.post({ ...message, response: { state: "blocked" } });

    expect(await asking).toEqual({ state: "allowed" });
    expect(host.ignoredMessages).toBe(3);
  });

  test("ends without an answer, and may be made again", async () => {
    const asking = host.request("get_openid", {}, { timeoutMs: 500 });

    await Promise.all([
      expect(asking).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: true }),
      clock.advance(500),
    ]);
  });

  test("hands out an answer that came too late to who wants it", async () => {
    const late: unknown[] = [];
    const asking = host.request("send_event", {}, { timeoutMs: 500, onLate: (answer) => late.push(answer) });
    await Promise.all([expect(asking).rejects.toBeDefined(), clock.advance(500)]);

    page.post({ ...page.received[0]?.message, response: { delay_id: "d" } });

    expect(late).toEqual([{ delay_id: "d" }]);
  });

  test("does not wait for more than a thousand answers", async () => {
    const asking = Array.from({ length: 1000 }, () => host.request("get_openid").catch(() => {}));

    await expect(host.request("get_openid")).rejects.toMatchObject({ code: "rate_limited", retryable: true });

    await scope.end();
    await Promise.all(asking);
  });
});

test("with the scope ends everything", async () => {
  const asking = host.request("get_openid");

  await Promise.all([
    expect(asking).rejects.toMatchObject({ code: "homeserver_unreachable", retryable: false }),
    scope.end(),
  ]);

  expect([page.listenerCount, clock.pendingTimers]).toEqual([0, 0]);
});

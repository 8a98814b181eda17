import { Scope, silentLogger } from "@conclave/kit";
import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import { FilteredSync } from "./FilteredSync.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { SyncLoop } from "./SyncLoop.ts";
import { refuse } from "./testing/TinyHomeserver.ts";

type Step = Response | Error;

/** A `/sync` that answers as scripted and then hangs, as a long poll without news does. */
function setUp(...steps: Step[]) {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const clock = new FakeClock();
  const sent: URL[] = [];
  const batches: string[] = [];
  const fetch = (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    sent.push(new URL(input as string));
    const step = steps.shift();
    if (step instanceof Error) return Promise.reject(step);
    if (step) return Promise.resolve(step);
    return new Promise((_resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
    });
  };
  const client = new HomeserverClient({ homeserverUrl: "https://hs.example", fetch, clock, signal: scope.signal });
  const loop = new SyncLoop({
    source: new FilteredSync(client),
    client,
    clock,
    scope,
    logger: silentLogger,
    onDelta(delta, isFirst) {
      batches.push(`${delta.nextBatch}${isFirst ? " first" : ""}`);
      return Promise.resolve();
    },
  });
  return { loop, clock, scope, client, sent, batches };
}

function batch(next: string): Response {
  return Response.json({ next_batch: next });
}

describe("the loop", () => {
  test("asks at once for everything, then waits for news from where it was", async () => {
    const { loop, sent, batches } = setUp(batch("s1"), batch("s2"));

    void loop.run();
    await settlePromises();

    expect(batches).toEqual(["s1 first", "s2"]);
    expect(sent.map((url) => [url.searchParams.get("since"), url.searchParams.get("timeout")])).toEqual([
      [null, "0"],
      ["s1", "30000"],
      ["s2", "30000"],
    ]);
  });

  test("asks after a failure to be answered at once, so that a homeserver that is back is known to be", async () => {
    const { loop, clock, sent } = setUp(batch("s1"), new TypeError("cut off"), batch("s2"));

    void loop.run();
    await settlePromises();
    expect(loop.isSyncing.get()).toBe(false);
    await clock.advance(1_000);

    expect(loop.isSyncing.get()).toBe(true);
    expect(sent.map((url) => url.searchParams.get("timeout"))).toEqual(["0", "30000", "0", "30000"]);
  });

  test("asks for the few types that a call needs, and for state after the timeline", async () => {
    const { loop, sent } = setUp();

    void loop.run();
    await settlePromises();

    const filter = JSON.parse(sent[0]?.searchParams.get("filter") ?? "") as { room: { state: { types: string[] } } };
    expect(filter.room.state.types).toContain("org.matrix.msc3401.call.member");
    expect(filter.room.state.types).not.toContain("m.room.message");
    expect(sent[0]?.searchParams.get("org.matrix.msc4222.use_state_after")).toBe("true");
  });

  test("ends with the scope and leaves no timer", async () => {
    const { loop, clock, scope } = setUp(batch("s1"));
    const running = loop.run();
    await settlePromises();

    await scope.end();
    await running;

    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a broken connection", () => {
  test("shows until the next answer, and nothing is skipped", async () => {
    const { loop, clock, sent } = setUp(batch("s1"), new TypeError("network"), refuse(502, ""), batch("s2"));
    void loop.run();
    await settlePromises();

    const whileBroken = loop.isSyncing.get();
    await clock.advance(500);
    await clock.advance(1000);

    expect([whileBroken, loop.isSyncing.get()]).toEqual([false, true]);
    expect(sent.map((url) => url.searchParams.get("since"))).toEqual([null, "s1", "s1", "s1", "s2"]);
  });

  test("is asked again ever more slowly, but at least four times a minute", async () => {
    const outages = Array.from({ length: 30 }, () => new TypeError("network"));
    const { loop, clock, sent } = setUp(batch("s1"), ...outages);
    void loop.run();

    await clock.advance(60_000);
    const inFirstMinute = sent.length;
    await clock.advance(60_000);

    expect(inFirstMinute).toBeLessThan(12);
    expect(sent.length - inFirstMinute).toBeGreaterThanOrEqual(4);
  });

  test.each([
    ["at once when another request was answered", new TypeError("network"), 10],
    [
      "not before its time when the homeserver asked to wait",
      refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 60_000 }),
      8,
    ],
  ])("is asked again %s", async (_when, last, requests) => {
    const outages = Array.from({ length: 5 }, () => new TypeError("network"));
    const { loop, client, clock, sent } = setUp(batch("s1"), ...outages, last, Response.json({}), batch("s2"));
    void loop.run();
    await clock.advance(20_000);

    await client.json({ method: "GET", path: "/_matrix/client/versions" });
    await settlePromises();

    expect(sent).toHaveLength(requests);
  });

  test("waits as long as the homeserver asks", async () => {
    const { loop, clock, sent } = setUp(batch("s1"), refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 7000 }));
    void loop.run();

    await clock.advance(6999);
    const before = sent.length;
    await clock.advance(1);

    expect([before, sent.length]).toEqual([2, 3]);
  });

  test("is final when the token has ended", async () => {
    const { loop, sent } = setUp(batch("s1"), refuse(401, "M_UNKNOWN_TOKEN"));

    await loop.run();

    expect(loop.isSyncing.get()).toBe(false);
    expect(sent).toHaveLength(2);
  });
});

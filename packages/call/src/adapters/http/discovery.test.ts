import { Scope } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, onTestFinished, test } from "vitest";

import { readFeatures, readTransports, readWellKnownFoci } from "./discovery.ts";
import { HomeserverClient } from "./HomeserverClient.ts";
import { refuse, TinyHomeserver } from "./testing/TinyHomeserver.ts";

const TRANSPORT = { type: "livekit", livekit_service_url: "https://rtc.example/jwt" };

function setUp() {
  const scope = new Scope();
  onTestFinished(() => scope.end());
  const server = new TinyHomeserver();
  const open = (homeserverUrl: string): HomeserverClient =>
    new HomeserverClient({ homeserverUrl, fetch: server.fetch, clock: new FakeClock(), signal: scope.signal });
  return { server, open, client: open("https://matrix.hs.example") };
}

describe("features", () => {
  test("come from flags, the longest delay from the capabilities", async () => {
    const { server, client } = setUp();
    server.on("GET", /versions/, () => ({
      unstable_features: { "org.matrix.msc4140": true, "org.matrix.msc4354": true },
    }));
    server.on("GET", /capabilities/, () => ({
      capabilities: { "org.matrix.msc4140.delayed_events": { max_delay_ms: 86_400_000 } },
    }));

    expect(await readFeatures(client)).toEqual({ delayedEvents: true, stickyEvents: true, maxDelayMs: 86_400_000 });
  });

  test("do without capabilities", async () => {
    const { server, client } = setUp();
    server.on("GET", /versions/, () => ({ unstable_features: { "org.matrix.msc4140": false } }));
    server.on("GET", /capabilities/, () => refuse(404, "M_UNRECOGNIZED"));

    expect(await readFeatures(client)).toEqual({ delayedEvents: false, stickyEvents: false });
  });
});

describe("transports", () => {
  test.each(["rtc_transports", "transports"])("are read under the key %s", async (key) => {
    const { server, client } = setUp();
    server.on("GET", /rtc\/transports/, () => ({ [key]: [TRANSPORT] }));

    expect(await readTransports(client)).toEqual([TRANSPORT]);
  });

  test("are read at the stable path when the unstable one is unknown", async () => {
    const { server, client } = setUp();
    server.on("GET", /unstable.*transports/, () => refuse(404, "M_UNRECOGNIZED"));
    server.on("GET", /v1\/rtc\/transports/, () => ({ transports: [TRANSPORT] }));

    expect(await readTransports(client)).toEqual([TRANSPORT]);
  });

  test.each([{}, { rtc_transports: "nonsense" }])("are none when the server says %j", async (answer) => {
    const { server, client } = setUp();
    server.on("GET", /rtc\/transports/, () => answer);

    expect(await readTransports(client)).toEqual([]);
  });

  test("are none when the server knows neither path", async () => {
    const { server, client } = setUp();
    server.on("GET", /rtc\/transports/, () => refuse(404, "M_UNRECOGNIZED"));

    expect(await readTransports(client)).toEqual([]);
  });

  test("fail when the server does not answer, so that nobody takes it for none", async () => {
    const { server, client } = setUp();
    server.on("GET", /rtc\/transports/, () => refuse(429, "M_LIMIT_EXCEEDED", { retry_after_ms: 60_000 }));

    await expect(readTransports(client)).rejects.toMatchObject({ code: "rate_limited" });
  });
});

describe("the well-known file", () => {
  const FILE = { "org.matrix.msc4143.rtc_foci": [TRANSPORT] };

  test("is asked for at the server name of user ids", async () => {
    const { server, open, client } = setUp();
    server.on("GET", /well-known/, ({ url }) => (url.host === "hs.example" ? FILE : refuse(404, "")));

    expect(await readWellKnownFoci(client, open, "hs.example")).toEqual([TRANSPORT]);
    expect(server.requests).toHaveLength(1);
  });

  test("is asked for at the configured address when the name does not answer", async () => {
    const { server, open, client } = setUp();
    server.on("GET", /well-known/, ({ url }) =>
      url.host === "hs.example" ? Promise.reject(new TypeError("TLS")) : FILE,
    );

    expect(await readWellKnownFoci(client, open, "hs.example")).toEqual([TRANSPORT]);
  });

  test("is empty, not a failure, when nobody has it", async () => {
    const { server, open, client } = setUp();
    server.on("GET", /well-known/, () => refuse(404, "M_NOT_FOUND"));

    expect(await readWellKnownFoci(client, open, "hs.example")).toEqual([]);
  });
});

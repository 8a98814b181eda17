import { silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { MatrixRtcError } from "../errors.ts";
import { FakeMatrix } from "../testing/FakeMatrix.ts";
import { discoverTransports } from "./discoverTransports.ts";
import { readTransport } from "./RtcTransport.ts";

const entry = (serviceUrl: string) => ({ type: "livekit", livekit_service_url: serviceUrl });

function discover(endpoint: readonly unknown[], wellKnown: readonly unknown[], configured?: string) {
  const homeserver = new FakeMatrix(new FakeClock(), { transports: endpoint, wellKnownFoci: wellKnown });
  const matrix = homeserver.connect("@alice:hs.example", "ALICEDEV");
  return { matrix, result: discoverTransports({ matrix, logger: silentLogger }, configured) };
}

describe("discoverTransports", () => {
  it("takes the homeserver's transports and asks nothing else", async () => {
    const { matrix, result } = discover(
      [entry("https://a.example"), entry("https://b.example")],
      [entry("https://c.example")],
    );

    expect((await result).map((transport) => transport.serviceUrl)).toEqual(["https://a.example", "https://b.example"]);
    expect(matrix.requests).toEqual(["readTransports"]);
  });

  it("falls back to the well-known file, then to the configuration", async () => {
    const wellKnown = await discover([{ type: "m.livekit", url: "wss://x" }], [entry("https://c.example")]).result;
    const configured = await discover([], [], "https://d.example").result;

    expect(wellKnown[0]?.serviceUrl).toBe("https://c.example");
    expect(configured[0]?.serviceUrl).toBe("https://d.example");
  });

  it.each([
    ["nothing", [], "named none"],
    ["an SFU to which only homeservers lead", [{ type: "m.livekit", url: "wss://x.example" }], "needs_homeserver"],
    ["a kind that is not known", [{ type: "m.hologram" }, {}], "unknown_type"],
  ])("says of a route that named %s just that", async (_name, endpoint, told) => {
    const error: unknown = await discover(endpoint, []).result.catch((fault: unknown) => fault);

    expect((error as MatrixRtcError).tried[0]?.outcome).toContain(told);
  });

  it("goes on after a route that fails and lists every route when none is left", async () => {
    const { matrix, result } = discover([], [{ type: "livekit" }]);
    matrix.failNext("readTransports", new MatrixRtcError("homeserver_unreachable", "cut"));

    const error = await result.catch((fault: unknown) => fault);

    expect(error).toMatchObject({
      code: "no_transport",
      tried: [
        { route: "homeserver", outcome: "named none" },
        { route: "well_known", outcome: "named none that can be used: bad_address" },
        { route: "configuration", outcome: "named none" },
      ],
    });
  });
});

describe("readTransport", () => {
  it.each([
    "HTTPS://RTC.Example/livekit/jwt",
    "https://rtc.example:443/livekit/jwt/",
    "https://rtc.example/livekit/jwt//",
  ])("normalises %s", (url) => {
    expect(readTransport(entry(url)).transport).toEqual({
      type: "livekit",
      serviceUrl: "https://rtc.example/livekit/jwt",
    });
  });

  it.each(["", "ftp://rtc.example", "javascript:alert(1)", "https://user:pass@rtc.example", "x".repeat(3_000)])(
    "refuses %s",
    (url) => {
      expect(readTransport(entry(url))).toEqual({ transport: undefined, reason: "bad_address" });
    },
  );

  it.each(["livekit", "m.livekit"])("takes the SFU's own address of type %s beside a service", (type) => {
    const service = "https://rtc.example/livekit/jwt";
    const read = readTransport({ type, livekit_service_url: service, url: "WSS://sfu.example/livekit/sfu/" });

    expect(read.transport).toEqual({ type: "livekit", serviceUrl: service, sfuUrl: "wss://sfu.example/livekit/sfu" });
  });

  it.each([
    [{ type: "m.livekit", url: "wss://sfu.example" }, "needs_homeserver"],
    [{ type: "m.livekit", url: "javascript:alert(1)" }, "bad_address"],
    [{ type: "m.hologram", url: "wss://sfu.example" }, "unknown_type"],
    [{ url: "wss://sfu.example" }, "unknown_type"],
    ["livekit", "not_named"],
    [undefined, "not_named"],
  ])("says of %j why it cannot be used: %s", (given, reason) => {
    expect(readTransport(given)).toEqual({ transport: undefined, reason });
  });

  it("does not take an address of one kind for one of the other because it has seen it", () => {
    const url = "wss://both.example";
    expect(readTransport({ type: "m.livekit", url, livekit_service_url: "https://a.example" }).transport).toBeDefined();

    expect(readTransport(entry(url)).reason).toBe("bad_address");
  });
});

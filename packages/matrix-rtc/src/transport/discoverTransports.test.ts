import { silentLogger } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

import { MatrixRtcError } from "../errors.ts";
import { FakeMatrix } from "../testing/FakeMatrix.ts";
import { discoverTransports } from "./discoverTransports.ts";
import { tryReadTransport } from "./RtcTransport.ts";

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

  it("goes on after a route that fails and lists every route when none is left", async () => {
    const { matrix, result } = discover([], [{ type: "livekit" }]);
    matrix.failNext("readTransports", new MatrixRtcError("homeserver_unreachable", "cut"));

    const error = await result.catch((fault: unknown) => fault);

    expect(error).toMatchObject({
      code: "no_transport",
      tried: [
        { route: "homeserver", outcome: "named none" },
        { route: "well_known", outcome: "named none of type livekit with a service URL" },
        { route: "configuration", outcome: "named none" },
      ],
    });
  });
});

describe("tryReadTransport", () => {
  it.each([
    "HTTPS://RTC.Example/livekit/jwt",
    "https://rtc.example:443/livekit/jwt/",
    "https://rtc.example/livekit/jwt//",
  ])("normalises %s", (url) => {
    expect(tryReadTransport(entry(url))).toEqual({ type: "livekit", serviceUrl: "https://rtc.example/livekit/jwt" });
  });

  it.each(["", "ftp://rtc.example", "javascript:alert(1)", "https://user:pass@rtc.example", "x".repeat(3_000)])(
    "refuses %s",
    (url) => {
      expect(tryReadTransport(entry(url))).toBeUndefined();
    },
  );
});

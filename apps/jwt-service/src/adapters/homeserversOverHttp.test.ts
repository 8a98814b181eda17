import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { NetworkFault, type HttpAnswer, type HttpCall, type HttpRequest } from "./httpCall.ts";
import { homeserversOverHttp } from "./homeserversOverHttp.ts";
import type { ServiceAddress } from "./names.ts";

const WELL_KNOWN = "https://example.com/.well-known/matrix/server";
const USER_INFO = "/_matrix/federation/v1/openid/userinfo?access_token=opaque";
const alice = (): HttpAnswer => json({ sub: "@alice:example.com" });

type Page = () => HttpAnswer;

function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: { get: (name) => headers[name] ?? null }, body: Buffer.from(text) };
}

/** A small internet: addresses of pages to their answers. Everything else cannot be reached. */
class Internet {
  readonly visited: string[] = [];
  readonly requests: HttpRequest[] = [];
  readonly pages = new Map<string, Page>();
  readonly services = new Map<string, ServiceAddress>();

  readonly call: HttpCall = (request) => {
    this.visited.push(request.url.href);
    this.requests.push(request);
    const page = this.pages.get(request.url.href);
    return page ? Promise.resolve(page()) : Promise.reject(new NetworkFault("unreachable"));
  };

  readonly findService = (names: readonly string[]): Promise<ServiceAddress | undefined> =>
    Promise.resolve(names.map((name) => this.services.get(name)).find((service) => service !== undefined));
}

let clock: FakeClock;
let net: Internet;

beforeEach(() => {
  clock = new FakeClock();
  net = new Internet();
});

function open(own: readonly string[] = []) {
  const isOwn = (name: string): boolean => own.includes(name);
  return homeserversOverHttp({ clock, isOwn, own: net.call, strangers: net.call, findService: net.findService });
}

function ask(serverName: string, homeservers = open()): Promise<string> {
  return homeservers.openIdUser({ accessToken: "opaque", serverName });
}

describe("homeserversOverHttp", () => {
  it("asks the server that the well-known file names, once, and knows the place the next time", async () => {
    net.pages.set(WELL_KNOWN, () => json({ "m.server": "matrix.example.com:443" }));
    net.pages.set(`https://matrix.example.com${USER_INFO}`, alice);
    const homeservers = open();

    expect(await ask("example.com", homeservers)).toBe("@alice:example.com");
    expect(await ask("example.com", homeservers)).toBe("@alice:example.com");
    expect(net.visited).toEqual([WELL_KNOWN, ...Array(2).fill(`https://matrix.example.com${USER_INFO}`)]);
  });

  it.each([
    ["is missing", () => json("", 404)],
    ["is no JSON", () => json("{")],
    ["names no server", () => json({ "m.server": "https://evil.example" })],
    ["redirects to another host", () => json("", 302, { location: "https://other.example/x" })],
    ["redirects to another port", () => json("", 302, { location: "https://example.com:8443/x" })],
    ["redirects to plain HTTP", () => json("", 302, { location: "http://example.com/x" })],
    ["redirects for ever", () => json("", 302, { location: "/.well-known/matrix/server" })],
  ])("falls back to port 8448 when the well-known file %s", async (_name, page) => {
    net.pages.set(WELL_KNOWN, page);
    net.pages.set(`https://example.com:8448${USER_INFO}`, alice);

    expect(await ask("example.com")).toBe("@alice:example.com");
    expect(net.visited.every((url) => new URL(url).hostname === "example.com")).toBe(true);
    expect(net.visited.length).toBeLessThanOrEqual(5);
  });

  it("follows a redirect on the same host", async () => {
    net.pages.set(WELL_KNOWN, () => json("", 301, { location: "/matrix" }));
    net.pages.set("https://example.com/matrix", () => json({ "m.server": "example.com:1" }));
    net.pages.set(`https://example.com:1${USER_INFO}`, alice);

    expect(await ask("example.com")).toBe("@alice:example.com");
  });

  it.each(["_matrix-fed._tcp.example.com", "_matrix._tcp.example.com"])(
    "connects where %s says, and keeps the name for certificate and Host",
    async (record) => {
      net.services.set(record, { host: "target.example.net", port: 8449 });
      net.pages.set(`https://example.com${USER_INFO}`, alice);

      await ask("example.com");
      expect(net.requests.at(-1)).toMatchObject({ connectTo: { host: "target.example.net", port: 8449 } });
    },
  );

  it("uses a port or a literal as it is", async () => {
    net.pages.set(`https://example.com:8443${USER_INFO}`, alice);
    net.pages.set(`https://93.184.216.34:8448${USER_INFO}`, alice);

    await ask("example.com:8443");
    await ask("93.184.216.34");
    expect(net.visited).toHaveLength(2);
  });

  it("remembers for half a minute that a stranger's server is out of reach, and shortly for its own", async () => {
    const homeservers = open(["own.example:1"]);
    const tryBoth = async (): Promise<void> => {
      await ask("example.com:1", homeservers).catch(() => {});
      await ask("own.example:1", homeservers).catch(() => {});
    };
    await tryBoth();
    await clock.advance(1000);
    await tryBoth();
    const soon = net.visited.map((url) => new URL(url).hostname);
    await clock.advance(30_000);
    await tryBoth();

    expect(soon).toEqual(["example.com", "own.example", "own.example"]);
    expect(net.visited).toHaveLength(5);
  });

  it("finds a server anew that has moved", async () => {
    const homeservers = open();
    net.pages.set(WELL_KNOWN, () => json({ "m.server": "old.example.com:1" }));
    net.pages.set(`https://old.example.com:1${USER_INFO}`, alice);
    await ask("example.com", homeservers);
    net.pages.set(WELL_KNOWN, () => json({ "m.server": "new.example.com:1" }));
    net.pages.delete(`https://old.example.com:1${USER_INFO}`);
    net.pages.set(`https://new.example.com:1${USER_INFO}`, alice);

    expect(await ask("example.com", homeservers)).toBe("@alice:example.com");
  });

  it.each([
    ["a refusal", () => json({ errcode: "M_UNKNOWN_TOKEN" }, 401)],
    ["a redirect", () => json("", 302, { location: "https://a/" })],
    ["no subject", () => json({})],
    ["null", () => json("null")],
    ["no JSON", () => json("x")],
  ])("takes %s for no user", async (_name, page) => {
    net.pages.set(`https://example.com:1${USER_INFO}`, page);

    await expect(ask("example.com:1")).rejects.toMatchObject({ name: "LookUpFault", reason: "refused" });
    expect(net.visited).toHaveLength(1);
  });

  it.each(["", "127.1:8448", "user@example.com", "example.com/../"])("asks nobody for %j", async (serverName) => {
    await expect(ask(serverName)).rejects.toMatchObject({ reason: "unreachable" });
    expect(net.visited).toEqual([]);
  });
});

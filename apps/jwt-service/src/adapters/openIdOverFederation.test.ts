import { describe, expect, it } from "vitest";

import { openIdOverFederation } from "./openIdOverFederation.ts";

const WELL_KNOWN = "https://example.com/.well-known/matrix/server";
const USER_INFO = "/_matrix/federation/v1/openid/userinfo?access_token=opaque";
const alice = (): Response => Response.json({ sub: "@alice:example.com" });

type Pages = Readonly<Record<string, () => Response>>;

/** A small internet: addresses of pages to their answers. Everything else cannot be reached. */
function ask(serverName: string, pages: Pages, options: { trusted?: string[]; address?: string } = {}) {
  const visited: string[] = [];
  const fetchLike = (input: unknown): Promise<Response> => {
    const url = String(input);
    visited.push(url);
    const page = pages[url];
    return page ? Promise.resolve(page()) : Promise.reject(new TypeError("fetch failed"));
  };
  const openIdUser = openIdOverFederation(fetchLike, {
    trustedServers: options.trusted ?? [],
    lookup: () => Promise.resolve([options.address ?? "203.0.113.7"]),
  });
  return { visited, answer: openIdUser({ accessToken: "opaque", serverName }) };
}

describe("openIdOverFederation", () => {
  it("asks the server that the well-known file names, once", async () => {
    const { visited, answer } = ask("example.com", {
      [WELL_KNOWN]: () => Response.json({ "m.server": "matrix.example.com:443" }),
      [`https://matrix.example.com${USER_INFO}`]: alice,
    });

    expect(await answer).toBe("@alice:example.com");
    expect(visited).toHaveLength(2);
  });

  it.each([
    ["is missing", () => new Response("", { status: 404 })],
    ["is no JSON", () => new Response("{")],
    ["is huge", () => new Response(`{"m.server":"evil.example:443","x":"${"x".repeat(60_000)}"}`)],
    ["redirects to plain HTTP", () => new Response("", { status: 302, headers: { location: "http://example.com/" } })],
  ])("falls back to port 8448 when the well-known file %s", async (_name, page) => {
    const { answer } = ask("example.com", { [WELL_KNOWN]: page, [`https://example.com:8448${USER_INFO}`]: alice });

    expect(await answer).toBe("@alice:example.com");
  });

  it("uses a port or an address literal without a look-up", async () => {
    const named = ask("example.com:8443", { [`https://example.com:8443${USER_INFO}`]: alice });
    const literal = ask("203.0.113.9", { [`https://203.0.113.9:8448${USER_INFO}`]: alice });

    expect([await named.answer, await literal.answer]).toEqual(["@alice:example.com", "@alice:example.com"]);
    expect([named.visited.length, literal.visited.length]).toEqual([1, 1]);
  });

  it.each([
    "127.0.0.1:8448",
    "[::1]:8448",
    "[::ffff:10.0.0.1]:1",
    "169.254.169.254",
    "192.168.1.1:443",
    "[fd00::1]:80",
  ])("connects nowhere for the internal address %s", async (serverName) => {
    const { visited, answer } = ask(serverName, {});

    await expect(answer).rejects.toThrow("internal");
    expect(visited).toEqual([]);
  });

  it("connects nowhere for a name that resolves to an internal address", async () => {
    const { visited, answer } = ask("internal.example:443", {}, { address: "10.0.0.5" });

    await expect(answer).rejects.toThrow("internal");
    expect(visited).toEqual([]);
  });

  it("does not follow a well-known redirect to an internal address", async () => {
    const { visited, answer } = ask("example.com", {
      [WELL_KNOWN]: () => new Response("", { status: 302, headers: { location: "https://169.254.169.254/steal" } }),
      [`https://example.com:8448${USER_INFO}`]: alice,
    });

    await answer;
    expect(visited.some((url) => url.includes("169.254"))).toBe(false);
  });

  it("allows an internal address for a trusted server", async () => {
    const { answer } = ask(
      "127.0.0.1:9000",
      { [`https://127.0.0.1:9000${USER_INFO}`]: () => Response.json({ sub: "@alice:127.0.0.1:9000" }) },
      { trusted: ["127.0.0.1:9000"] },
    );

    expect(await answer).toBe("@alice:127.0.0.1:9000");
  });

  it.each(["", "exa mple.com", "example.com:0", "example.com:99999", "user@example.com", "example.com/path", "[zz]:1"])(
    "refuses the malformed server name %j",
    async (serverName) => {
      const { visited, answer } = ask(serverName, {});

      await expect(answer).rejects.toThrow("malformed");
      expect(visited).toEqual([]);
    },
  );

  it("takes a refusal or a redirect of user info as no user", async () => {
    const refused = ask("example.com:1", {
      [`https://example.com:1${USER_INFO}`]: () => new Response("", { status: 401 }),
    });
    const redirected = ask("example.com:1", {
      [`https://example.com:1${USER_INFO}`]: () =>
        new Response("", { status: 302, headers: { location: "https://a/" } }),
    });

    expect([await refused.answer, await redirected.answer]).toEqual([undefined, undefined]);
    expect(redirected.visited).toHaveLength(1);
  });

  it("rejects user info that is oversized or has no subject", async () => {
    const page = `https://example.com:1${USER_INFO}`;
    const huge = ask("example.com:1", { [page]: () => new Response("x".repeat(5000)) });
    const empty = ask("example.com:1", { [page]: () => Response.json({}) });

    await expect(huge.answer).rejects.toThrow("longer");
    await expect(empty.answer).rejects.toThrow();
  });
});

import { describe, expect, it } from "vitest";

import { originOf } from "./origin.ts";
import { route, type Parts } from "./routes.ts";

const own = originOf("http://localhost:8008");

function echo(part: string) {
  return async (request: Request): Promise<Response> =>
    Response.json({
      part,
      path: new URL(request.url).pathname + new URL(request.url).search,
      method: request.method,
      body: await request.text(),
      urls: ["http://localhost:8008/livekit/jwt", "ws://localhost:8008/livekit/sfu"],
    });
}

const parts: Parts = {
  homeserver: { fetch: echo("homeserver") },
  jwtService: { fetch: echo("jwt-service") },
  sfu: { fetch: echo("sfu") },
  site: { fetch: echo("site") },
};

interface Echo {
  readonly part: string;
  readonly path: string;
  readonly method: string;
  readonly body: string;
  readonly urls: readonly string[];
}

async function ask(path: string, init: RequestInit = {}, isFixed = false): Promise<Echo> {
  const request = new Request(`http://ignored.test${path}`, init);
  return (await (await route(parts, { own, isFixed, serverName: "localhost" }, request, "192.0.2.1")).json()) as Echo;
}

describe("route", () => {
  it.each([
    ["/_matrix/client/versions", "homeserver", "/_matrix/client/versions"],
    ["/.well-known/matrix/client", "homeserver", "/.well-known/matrix/client"],
    ["/livekit/jwt/get_token", "jwt-service", "/get_token"],
    ["/livekit/jwt", "jwt-service", "/"],
    ["/livekit/sfu/rtc/validate?a=1", "sfu", "/rtc/validate?a=1"],
    ["/livekit/jwtx", "site", "/livekit/jwtx"],
    ["/_matrixx", "site", "/_matrixx"],
    ["/r/abcd-efgh-jkl", "site", "/r/abcd-efgh-jkl"],
  ])("sends %s to the %s", async (path, part, inner) => {
    expect(await ask(path)).toMatchObject({ part, path: inner });
  });

  it("passes method and body through a prefix", async () => {
    expect(await ask("/livekit/jwt/get_token", { method: "POST", body: "{}" })).toMatchObject({
      method: "POST",
      body: "{}",
    });
  });

  it.each(["/.well-known/matrix/client", "/livekit/jwt/get_token", "/livekit/jwt/sfu/get"])(
    "gives the URLs of %s under the name that the client used",
    async (path) => {
      const { urls } = await ask(path, { headers: { host: "192.168.1.5:8008" } });

      expect(urls).toEqual(["http://192.168.1.5:8008/livekit/jwt", "ws://192.168.1.5:8008/livekit/sfu"]);
    },
  );

  it("keeps a configured public URL whatever the client says", async () => {
    const { urls } = await ask("/.well-known/matrix/client", { headers: { host: "evil.example" } }, true);

    expect(urls[0]).toBe("http://localhost:8008/livekit/jwt");
  });

  it("does not touch other answers of the homeserver", async () => {
    const { urls } = await ask("/_matrix/client/v3/sync", { headers: { host: "192.168.1.5:8008" } });

    expect(urls[0]).toBe("http://localhost:8008/livekit/jwt");
  });

  it("tells the app where its servers are", async () => {
    const config = await ask("/config.json", { headers: { host: "127.0.0.1:8008" } });

    expect(config).toMatchObject({
      homeserverUrl: "http://127.0.0.1:8008",
      allowHomeserverParameter: true,
      livekitServiceUrl: "http://127.0.0.1:8008/livekit/jwt",
      default_server_config: { "m.homeserver": { base_url: "http://127.0.0.1:8008", server_name: "localhost" } },
    });
  });
});

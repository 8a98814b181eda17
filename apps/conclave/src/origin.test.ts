import { describe, expect, it } from "vitest";

import { originOf, requestOrigin, withOrigin } from "./origin.ts";

const own = originOf("http://localhost:8008");

function asked(headers: Record<string, string>): string {
  return requestOrigin(new Headers(headers), own).http;
}

describe("requestOrigin", () => {
  it.each([
    ["127.0.0.1:8008", "http://127.0.0.1:8008"],
    ["192.168.1.5:8008", "http://192.168.1.5:8008"],
    ["[::1]:8008", "http://[::1]:8008"],
    ["Call.example.org", "http://call.example.org"],
  ])("takes %s as it is", (host, origin) => {
    expect(asked({ host })).toBe(origin);
  });

  it("is secure where the proxy says so", () => {
    expect(asked({ host: "call.example.org", "x-forwarded-proto": "https" })).toBe("https://call.example.org");
    expect(requestOrigin(new Headers({ host: "a.example", "x-forwarded-proto": "https, http" }), own).ws).toBe(
      "wss://a.example",
    );
  });

  it.each(["", "a b", "evil.example/path", "user@evil.example", 'x"><script>', "a".repeat(300), "host:999999", "[::1"])(
    "falls back for the host %j",
    (host) => {
      expect(asked(host ? { host } : {})).toBe("http://localhost:8008");
    },
  );
});

describe("withOrigin", () => {
  it("replaces the own origin in JSON, for HTTP and WebSocket", async () => {
    const answer = Response.json({ a: "http://localhost:8008/x", b: "ws://localhost:8008/y" });

    const replaced = await withOrigin(answer, own, originOf("https://call.example.org"));

    expect(await replaced.json()).toEqual({ a: "https://call.example.org/x", b: "wss://call.example.org/y" });
    expect(replaced.headers.get("content-type")).toContain("json");
  });

  it("leaves answers to the own origin and other types alone", async () => {
    const same = Response.json({});
    const text = new Response("http://localhost:8008");

    expect(await withOrigin(same, own, own)).toBe(same);
    expect(await withOrigin(text, own, originOf("http://a.example"))).toBe(text);
  });
});

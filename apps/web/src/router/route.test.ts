import { describe, expect, it } from "vitest";

import { parsePastedLink, parseRoute, roomUrl } from "./route.ts";

const here = new URL("https://call.example/?homeserver=https://hs.example&debug=1");

describe("routes", () => {
  it("reads the call from the path, whatever the case and trailing slash", () => {
    expect(parseRoute(new URL("https://call.example/r/Abcd-efgh-jkm/"))).toEqual({
      page: "room",
      linkId: "abcd-efgh-jkm",
    });
  });

  it.each(["/r/", "/r/a/b", "/x", "/r/-"])("knows no page at %s", (path) => {
    expect(parseRoute(new URL(path, here))).toEqual({ page: "unknown" });
  });

  it("keeps the homeserver, and nothing else, in the link of a call", () => {
    expect(roomUrl("abcd-efgh-jkm", here).href).toBe(
      "https://call.example/r/abcd-efgh-jkm?homeserver=https%3A%2F%2Fhs.example",
    );
  });
});

describe("links to pass on", () => {
  it("keep the password of the present one where no server sees it", () => {
    const there = new URL("#?password=a%20b", "https://call.example/r/abcd-efgh-jkm");

    expect(roomUrl("abcd-efgh-jkm", there).href).toBe("https://call.example/r/abcd-efgh-jkm#password=a+b");
  });
});

describe("pasted links", () => {
  it.each([
    "abcd-efgh-jkm",
    " https://call.example/r/abcd-efgh-jkm?x=1#y ",
    "call.example/r/ABCD-efgh-jkm",
    "/r/abcd-efgh-jkm",
  ])("lead to the call from %j", (text) => {
    expect(parsePastedLink(text, here)).toEqual({ kind: "room", linkId: "abcd-efgh-jkm" });
  });

  it("bring their password along", () => {
    const pasted = parsePastedLink("https://call.example/r/abcd-efgh-jkm#?password=s", here);

    expect(pasted).toEqual({ kind: "room", linkId: "abcd-efgh-jkm", password: "s" });
  });

  it("name the other site that a link belongs to", () => {
    expect(parsePastedLink("https://other.example/r/abcd-efgh-jkm", here)).toEqual({
      kind: "elsewhere",
      host: "other.example",
    });
  });

  it.each(["", "hello", "https://call.example/", "javascript:alert(1)", "http://", "https://call.example/r/a b"])(
    "are refused for %j",
    (text) => {
      expect(parsePastedLink(text, here)).toEqual({ kind: "not_a_link" });
    },
  );
});

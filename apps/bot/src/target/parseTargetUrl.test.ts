import { describe, expect, it } from "vitest";

import { parseTargetUrl } from "./parseTargetUrl.ts";

describe("the address of a target", () => {
  it.each([
    ["http://localhost:8008", { kind: "homeserver", baseUrl: "http://localhost:8008" }],
    ["https://example.org/matrix/", { kind: "homeserver", baseUrl: "https://example.org/matrix" }],
    ["https://a.example/r/ABCD-efgh-jkm", { kind: "link", origin: "https://a.example", linkId: "abcd-efgh-jkm" }],
    [
      "https://a.example/#/room/abcd-efgh-jkm?x=1",
      { kind: "link", origin: "https://a.example", linkId: "abcd-efgh-jkm" },
    ],
    [
      "https://a.example/r/abc?homeserver=http%3A%2F%2Flocalhost%3A1",
      { kind: "link", origin: "https://a.example", linkId: "abc", homeserverUrl: "http://localhost:1" },
    ],
  ])("%s is understood", (text, expected) => {
    expect(parseTargetUrl(text)).toEqual(expected);
  });

  it.each([
    "",
    "example.org",
    "ws://localhost",
    "http://user:secret@localhost",
    "http://localhost/r/-",
    "http://localhost/r/a%2fb",
  ])("%j is refused", (text) => {
    expect(() => parseTargetUrl(text)).toThrow(expect.objectContaining({ code: "bad_url" }));
  });

  it("is never repeated with a password", () => {
    expect(() => parseTargetUrl("http://user:secret@localhost")).toThrow(/^(?!.*secret)/);
  });
});

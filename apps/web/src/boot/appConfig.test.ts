import { CallError } from "@conclave/call";
import { describe, expect, it } from "vitest";

import { isServerUrl, parseAppConfig } from "./appConfig.ts";

const ORIGIN = "https://call.example";

describe("config.json", () => {
  it("may be empty: everything is on the site's own origin", () => {
    expect(parseAppConfig({}, ORIGIN)).toEqual({
      homeserverUrl: ORIGIN,
      allowHomeserverParameter: false,
      livekitServiceUrl: undefined,
      brand: undefined,
    });
  });

  it("points the same build at another homeserver", () => {
    const config = parseAppConfig(
      { homeserverUrl: "https://hs.example/", allowHomeserverParameter: true, brand: "Acme", unknown: 1 },
      ORIGIN,
    );

    expect(config).toMatchObject({
      homeserverUrl: "https://hs.example",
      allowHomeserverParameter: true,
      brand: "Acme",
    });
  });

  it("names every faulty field at once", () => {
    expect(parseFaulty).toThrow(CallError);
    expect(parseFaulty).toThrow(/homeserverUrl.*livekitServiceUrl.*brand/);
  });

  it.each([null, 1, "x", []])("is refused as %j", (content) => {
    expect(() => parseAppConfig(content, ORIGIN)).toThrow("not an object");
  });
});

it.each(["javascript:alert(1)", "file:///etc/passwd", "hs.example", ""])("takes no server from %j", (text) => {
  expect(isServerUrl(text)).toBe(false);
});

function parseFaulty(): unknown {
  return parseAppConfig({ homeserverUrl: "ftp://x", brand: 3, livekitServiceUrl: "" }, ORIGIN);
}

import { describe, expect, it } from "vitest";

import { parseConfig } from "./config.ts";

const good = {
  LIVEKIT_URL: "wss://sfu.example.org",
  LIVEKIT_KEY: "devkey",
  LIVEKIT_SECRET: "devsecret",
  LIVEKIT_FULL_ACCESS_HOMESERVERS: "example.org, matrix.example.org",
};
const files: Readonly<Record<string, string>> = {
  "/key": " filekey\r\n",
  "/secret": "filesecret\n",
  "/both": "k: s\n",
};

function readFile(path: string): string {
  const text = files[path];
  if (text === undefined) throw new Error("ENOENT");
  return text;
}

function parse(extra: Record<string, string | undefined> = {}) {
  return parseConfig({ ...good, ...extra }, readFile);
}

describe("parseConfig", () => {
  it("reads the variables of lk-jwt-service", () => {
    expect(parse()).toMatchObject({
      livekitUrl: "wss://sfu.example.org",
      livekitKey: "devkey",
      livekitSecret: "devsecret",
      fullAccessHomeservers: ["example.org", "matrix.example.org"],
      host: "::",
      port: 8080,
      logLevel: "info",
      isTlsUnchecked: false,
    });
  });

  it("prefers files, trimmed, and the one key file above all", () => {
    const separate = parse({ LIVEKIT_KEY_FROM_FILE: "/key", LIVEKIT_SECRET_FROM_FILE: "/secret" });
    const together = parse({ LIVEKIT_KEY_FROM_FILE: "/key", LIVEKIT_KEY_FILE: "/both" });

    expect([separate.livekitKey, separate.livekitSecret]).toEqual(["filekey", "filesecret"]);
    expect([together.livekitKey, together.livekitSecret]).toEqual(["k", "s"]);
  });

  it.each([
    ["127.0.0.1:9000", "127.0.0.1", 9000],
    [":9000", "::", 9000],
    ["[::1]:9000", "::1", 9000],
  ])("binds %s", (bind, host, port) => {
    expect(parse({ LIVEKIT_JWT_BIND: bind })).toMatchObject({ host, port });
  });

  it("turns TLS checks off only for the exact phrase", () => {
    const texts = ["YES_I_KNOW_WHAT_I_AM_DOING", "true", ""];

    const unchecked = texts.map((text) => parse({ LIVEKIT_INSECURE_SKIP_VERIFY_TLS: text }).isTlsUnchecked);

    expect(unchecked).toEqual([true, false, false]);
  });

  it("reports variables that have no effect", () => {
    expect(parse({ LIVEKIT_REDIS_URL: "redis://localhost" }).ignored).toEqual(["LIVEKIT_REDIS_URL"]);
  });

  it.each([
    ["LIVEKIT_URL", { LIVEKIT_URL: undefined }],
    ["LIVEKIT_URL", { LIVEKIT_URL: "https://sfu.example.org" }],
    ["LIVEKIT_SECRET", { LIVEKIT_SECRET: "  " }],
    ["LIVEKIT_KEY_FILE", { LIVEKIT_KEY_FILE: "/key" }],
    ["/absent", { LIVEKIT_KEY_FROM_FILE: "/absent" }],
    ["LIVEKIT_FULL_ACCESS_HOMESERVERS", { LIVEKIT_FULL_ACCESS_HOMESERVERS: " , " }],
    ["LIVEKIT_JWT_BIND", { LIVEKIT_JWT_BIND: "nonsense" }],
    ["LIVEKIT_JWT_PORT", { LIVEKIT_JWT_BIND: ":1", LIVEKIT_JWT_PORT: "2" }],
  ])("refuses to start and names %s", (name, extra) => {
    expect(() => parse(extra)).toThrow(name);
  });
});

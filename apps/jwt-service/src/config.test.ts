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
      bind: { host: "::", port: 8080 },
      logLevel: "info",
      isTlsChecked: true,
      isLaboratory: false,
      sanityIntervalMs: "auto",
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
    expect(parse({ LIVEKIT_JWT_BIND: bind })).toMatchObject({ bind: { host, port } });
  });

  it("turns TLS checks off only for the exact phrase", () => {
    const texts = ["YES_I_KNOW_WHAT_I_AM_DOING", "true", ""];

    const unchecked = texts.map((text) => parse({ LIVEKIT_INSECURE_SKIP_VERIFY_TLS: text }).isTlsChecked);

    expect(unchecked).toEqual([false, true, true]);
  });

  it("reads where client APIs are, and how often to look who is there", () => {
    const overrides = "a.example=https://api.a.example/, b.example:8448=http://127.0.0.1:1/x";
    const config = parse({ LIVEKIT_CS_API_URL_OVERRIDES: overrides, LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS: "0" });

    expect([...config.clientApiOverrides]).toEqual([
      ["a.example", "https://api.a.example"],
      ["b.example:8448", "http://127.0.0.1:1/x"],
    ]);
    expect(config.sanityIntervalMs).toBe(0);
  });

  it("takes a short secret with an error, and with --strict not at all", () => {
    expect(parse().remarks).toMatchObject([{ level: "error" }]);
    expect(parse({ LIVEKIT_SECRET: "x".repeat(32) }).remarks).toEqual([]);
    expect(() => parseConfig(good, readFile, true)).toThrow("LIVEKIT_SECRET");
  });

  it("allows internal addresses where they are listed, and everywhere in a laboratory", () => {
    const phrase = { LIVEKIT_INSECURE_SKIP_VERIFY_TLS: "YES_I_KNOW_WHAT_I_AM_DOING" };
    const cases = [
      {},
      { CONCLAVE_JWT_INTERNAL_NETWORKS: "10.0.0.0/8, fd00::/8" },
      phrase,
      { ...phrase, CONCLAVE_JWT_INTERNAL_NETWORKS: "none" },
    ];
    const allowed = cases.map((extra) => {
      const networks = parse(extra).internalNetworks;
      return ["10.1.2.3", "fd00::1", "192.168.0.1"].filter((address) => networks?.has(address));
    });

    expect(allowed).toEqual([[], ["10.1.2.3", "fd00::1"], ["10.1.2.3", "fd00::1", "192.168.0.1"], []]);
  });

  it.each([
    ["LIVEKIT_URL", { LIVEKIT_URL: undefined }],
    ["LIVEKIT_URL", { LIVEKIT_URL: "https://sfu.example.org" }],
    ["LIVEKIT_SECRET", { LIVEKIT_SECRET: "  " }],
    ["LIVEKIT_KEY_FILE", { LIVEKIT_KEY_FILE: "/key" }],
    ["/absent", { LIVEKIT_KEY_FROM_FILE: "/absent" }],
    ["LIVEKIT_FULL_ACCESS_HOMESERVERS", { LIVEKIT_FULL_ACCESS_HOMESERVERS: " , " }],
    ["LIVEKIT_JWT_BIND", { LIVEKIT_JWT_BIND: "nonsense" }],
    ["LIVEKIT_REDIS_URL", { LIVEKIT_REDIS_URL: "http://localhost" }],
    ["LIVEKIT_SANITY_CHECK", { LIVEKIT_SANITY_CHECK_INTERVAL_SECONDS: "-1" }],
    ["LIVEKIT_CS_API_URL_OVERRIDES", { LIVEKIT_CS_API_URL_OVERRIDES: "a.example=ftp://x" }],
    ["LIVEKIT_CS_API_URL_OVERRIDES", { LIVEKIT_CS_API_URL_OVERRIDES: "https://x" }],
    ["CONCLAVE_JWT_INTERNAL_NETWORKS", { CONCLAVE_JWT_INTERNAL_NETWORKS: "10.0.0.0/99" }],
    ["LIVEKIT_JWT_PORT", { LIVEKIT_JWT_BIND: ":1", LIVEKIT_JWT_PORT: "2" }],
  ])("refuses to start and names %s", (name, extra) => {
    expect(() => parse(extra)).toThrow(name);
  });
});

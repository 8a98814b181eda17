import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createSite } from "./createSite.ts";

let folder: string;
let site: ReturnType<typeof createSite>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-site-"));
  mkdirSync(join(folder, "assets"));
  mkdirSync(join(folder, ".vite"));
  writeFileSync(join(folder, "index.html"), "<p>app</p>");
  writeFileSync(join(folder, "assets", "main-abc123.js"), "run()");
  writeFileSync(join(folder, "assets", "main-abc123.js.br"), brotliCompressSync("run()"));
  writeFileSync(join(folder, "assets", "main-abc123.js.gz"), "gzipped");
  writeFileSync(join(folder, "assets", "crypto-abc123.wasm"), "wasm");
  writeFileSync(join(folder, ".vite", "manifest.json"), "{}");
  site = createSite(folder);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return site.fetch(new Request(`http://conclave.test${path}`, { method, headers }));
}

describe("createSite", () => {
  it.each(["/", "/r/abcd-efgh-jkl", "/anything/else"])("answers %s with the page of the app", async (path) => {
    const response = await get(path);

    expect(await response.text()).toBe("<p>app</p>");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
  });

  it("lets browsers keep hashed files for ever", async () => {
    const response = await get("/assets/main-abc123.js");

    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await response.text()).toBe("run()");
  });

  it.each([
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["identity", null],
    ["", null],
  ])("for accept-encoding %j sends %s", async (accepted, encoding) => {
    const response = await get("/assets/main-abc123.js", { "accept-encoding": accepted });

    expect(response.headers.get("content-encoding")).toBe(encoding);
    expect(response.headers.get("vary")).toBe("accept-encoding");
  });

  it("sends WASM as such, so that it compiles while it loads", async () => {
    expect((await get("/assets/crypto-abc123.wasm")).headers.get("content-type")).toBe("application/wasm");
  });

  it("answers 304 to a known version", async () => {
    const etag = (await get("/")).headers.get("etag") ?? "";

    const response = await get("/", { "if-none-match": etag });

    expect(response.status).toBe(304);
    expect(await response.text()).toBe("");
  });

  it.each([
    "/assets/missing.js",
    "/../../etc/passwd.txt",
    "/..%2f..%2fetc%2fpasswd.txt",
    "/.vite/manifest.json",
    "/assets/main-abc123.js.br",
    "/favicon.ico",
  ])("answers %s with 404", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it("answers HEAD without a body and other methods with 405", async () => {
    const head = await get("/", {}, "HEAD");

    expect(head.headers.get("content-length")).toBe("10");
    expect(await head.text()).toBe("");
    expect((await get("/", {}, "POST")).status).toBe(405);
  });

  it("protects the page and lets it be embedded", async () => {
    const { headers } = await get("/");

    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(policy).toContain("frame-ancestors *");
    expect(policy).not.toContain("'unsafe-eval'");
    expect(headers.get("permissions-policy")).toContain("camera=(self), microphone=(self), display-capture=(self)");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("picks up a new build without a restart", async () => {
    await get("/");
    writeFileSync(join(folder, "index.html"), "<p>new</p>");
    utimesSync(join(folder, "index.html"), 1, 1);

    expect(await (await get("/")).text()).toBe("<p>new</p>");
  });

  it("says what to do where there is no build", async () => {
    site = createSite(join(folder, "missing"));

    const response = await get("/");

    expect(response.status).toBe(503);
    expect(await response.text()).toContain("npm run build");
  });
});

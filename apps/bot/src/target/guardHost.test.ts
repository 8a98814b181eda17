import { describe, expect, it } from "vitest";

import { guardHost } from "./guardHost.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  localhost: ["127.0.0.1", "::1"],
  "server.lan": ["192.168.1.20", "fd00::20"],
  "example.org": ["203.0.113.9"],
  "both.example": ["10.0.0.2", "203.0.113.9"],
  "rebound.localhost": ["203.0.113.9"],
};

const resolve = (host: string): Promise<readonly string[]> =>
  NAMES[host] ? Promise.resolve(NAMES[host]) : Promise.reject(new Error("ENOTFOUND"));

const guard = (url: string, ownsServer = false): Promise<void> => guardHost(url, { ownsServer, resolve });

describe("the guard of foreign hosts", () => {
  it.each([
    "http://127.0.0.1:8008",
    "http://127.8.9.10",
    "http://[::1]:8008",
    "http://10.255.255.255",
    "http://172.16.0.1",
    "http://172.31.255.255",
    "https://192.168.0.1/r/abc",
    "http://[fd12::1]",
    "http://[fe80::1]",
    "http://localhost:8008",
    "http://swarm.localhost",
    "https://server.lan",
    "http://2130706433",
    "http://0x7f000001",
    "http://0177.0.0.1",
    "http://127.1",
    "http://[::ffff:192.168.0.1]",
    "ws://127.0.0.1:7880",
  ])("lets %s pass", async (url) => {
    await expect(guard(url)).resolves.toBeUndefined();
  });

  it.each([
    "http://8.8.8.8",
    "http://134744072",
    "http://0x08080808",
    "http://010.0.0.1",
    "http://172.15.255.255",
    "http://172.32.0.1",
    "http://192.169.0.1",
    "http://11.0.0.1",
    "http://0.0.0.0:8008",
    "http://169.254.169.254",
    "http://100.64.0.1",
    "http://[::ffff:8.8.8.8]",
    "http://[::ffff:0808:0808]",
    "http://[64:ff9b::7f00:1]",
    "http://[2001:db8::1]",
    "http://[::]",
    "https://example.org",
    "https://both.example",
    "http://rebound.localhost",
    "http://127.0.0.1@example.org",
    "wss://example.org/sfu",
  ])("refuses %s", async (url) => {
    await expect(guard(url)).rejects.toMatchObject({ code: "foreign_host" });
  });

  it("says in one sentence what would allow it", async () => {
    await expect(guard("https://example.org/")).rejects.toThrow(/^example\.org is [^.]+ --i-own-this-server says\.$/);
  });

  it("lets a server pass whose owner says so", async () => {
    await expect(guard("https://example.org", true)).resolves.toBeUndefined();
  });

  it.each(["ftp://127.0.0.1", "localhost", "", "file:///etc/passwd"])("takes %j for no address", async (url) => {
    await expect(guard(url, true)).rejects.toMatchObject({ code: "bad_url" });
  });

  it("calls a name without an address unreachable", async () => {
    await expect(guard("http://nowhere.example")).rejects.toMatchObject({ code: "unreachable" });
  });
});

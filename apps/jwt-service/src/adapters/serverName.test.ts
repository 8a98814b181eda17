import { describe, expect, it } from "vitest";

import { isInternalAddress } from "./internalAddress.ts";
import { tryServerName } from "./serverName.ts";

describe("tryServerName", () => {
  it.each([
    ["example.com", { host: "example.com", isAddress: false, port: undefined }],
    ["EXAMPLE.com:8448", { host: "EXAMPLE.com", isAddress: false, port: 8448 }],
    ["localhost", { host: "localhost", isAddress: false, port: undefined }],
    ["93.184.216.34:1", { host: "93.184.216.34", isAddress: true, port: 1 }],
    ["[2606:2800:220:1::1]:443", { host: "2606:2800:220:1::1", isAddress: true, port: 443 }],
  ])("reads %s", (text, name) => {
    expect(tryServerName(text)).toEqual(name);
  });

  it.each([
    "",
    ".",
    "example.com.",
    ".example.com",
    "a..b",
    "-a.example",
    "a-.example",
    "exa mple.com",
    "exämple.com",
    "example.com/path",
    "example.com?x",
    "example.com#x",
    "user@example.com",
    "user:pass@example.com",
    "https://example.com",
    "example.com:0",
    "example.com:65536",
    "example.com:",
    "example.com:8448:1",
    "2130706433",
    "127.1",
    "127.0.0.1.",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "1.2.3.4.5",
    "a.0x1",
    "[::1",
    "[::1%25lo]",
    "[127.0.0.1]",
    "[zz]:1",
    "::1",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(130)}example`,
    "127.0.0.1\u0000.example.com",
    "１２７.0.0.1",
  ])("refuses %j", (text) => {
    expect(tryServerName(text)).toBeUndefined();
  });
});

describe("isInternalAddress", () => {
  it.each([
    "127.0.0.1",
    "0.0.0.0",
    "10.255.255.255",
    "100.64.0.1",
    "169.254.169.254",
    "172.31.0.1",
    "192.168.1.1",
    "198.19.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no address",
    "",
  ])("says so of %j", (address) => {
    expect(isInternalAddress(address)).toBe(true);
  });

  it.each(["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])(
    "does not say so of the public %s",
    (address) => {
      expect(isInternalAddress(address)).toBe(false);
    },
  );
});

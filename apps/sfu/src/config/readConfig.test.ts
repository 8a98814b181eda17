import { describe, expect, it } from "vitest";

import type { SfuError } from "../errors.ts";
import { configOptions } from "./fileSchema.ts";
import { defaultLimits } from "./limits.ts";
import { readConfig, type StartInput } from "./readConfig.ts";
import type { SfuSettings } from "./toSettings.ts";
import { usageText } from "./usageText.ts";

const SECRET = "s".repeat(32);
const KEYS = `keys: { devkey: ${SECRET} }\n`;

interface Start extends Partial<Pick<StartInput, "args" | "environment">> {
  readonly files?: Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;
  readonly cores?: number;
}

function read({ args = [], environment = {}, files = {}, cores = 4 }: Start): SfuSettings {
  const readFile = (path: string) => ({ text: files[path]?.text ?? "", mode: files[path]?.mode ?? 0o600 });
  const settings = readConfig({ args, environment, machine: { cores, defaultWorkerBin: "/worker", readFile } });
  if (!settings) throw new Error("only help");
  return settings;
}

function readFile(text: string, start: Start = {}): SfuSettings {
  return read({
    ...start,
    args: ["--config", "livekit.yaml", ...(start.args ?? [])],
    files: { "livekit.yaml": { text } },
  });
}

function faultOf(attempt: () => unknown): SfuError {
  try {
    attempt();
  } catch (fault) {
    expect(fault).toMatchObject({ code: "config_invalid" });
    return fault as SfuError;
  }
  throw new Error("nothing is wrong");
}

describe("readConfig", () => {
  it("needs no more than keys, and listens as LiveKit does", () => {
    expect(readFile(KEYS)).toEqual({
      http: { hosts: [], port: 7880 },
      metricsPort: undefined,
      logLevel: "info",
      sfu: {
        apiKeys: { devkey: SECRET },
        mediaPort: 7882,
        workers: 4,
        mediaHost: "0.0.0.0",
        announce: [],
        hasUdp: true,
        workerBin: "/worker",
        autoCreateRooms: true,
        room: { emptyTimeoutMs: 300_000, departureTimeoutMs: 20_000, maxParticipants: 0 },
        allowsRemoteUnmute: false,
        limits: defaultLimits,
      },
    });
  });

  it("is for this machine only with --dev, with the key that everybody knows", () => {
    const { http, sfu, logLevel } = read({ args: ["--dev"] });

    expect(http.hosts).toEqual(["127.0.0.1", "::1"]);
    expect(sfu).toMatchObject({ apiKeys: { devkey: "secret" }, mediaHost: "127.0.0.1" });
    expect(logLevel).toBe("debug");
    expect(read({ args: ["--dev", "--bind", "0.0.0.0"] }).http.hosts).toEqual(["0.0.0.0"]);
    expect(readFile("keys: { mine: short }", { args: ["--dev"] }).sfu.apiKeys).toEqual({ mine: "short" });
  });

  it("reads a file of LiveKit's", () => {
    const { http, metricsPort, sfu, logLevel } = readFile(`
port: 7000
bind_addresses: ["192.0.2.1"]
prometheus_port: 6789
rtc:
  tcp_port: 7881
  port_range_start: 50000
  port_range_end: 60000
  use_external_ip: false
  node_ip: 203.0.113.7
room: { auto_create: false, empty_timeout: 30, departure_timeout: 5, max_participants: 12, enable_remote_unmute: true }
webhook: { api_key: devkey, urls: ["https://example.org/sfu_webhook"] }
limit: { max_metadata_size: 1000, max_participant_name_length: 40 }
logging: { level: warn, json: true }
turn: { enabled: false }
${KEYS}`);

    expect({ http, metricsPort, logLevel }).toEqual({
      http: { port: 7000, hosts: ["192.0.2.1"] },
      metricsPort: 6789,
      logLevel: "warn",
    });
    expect(sfu).toMatchObject({
      mediaPort: 50_000,
      mediaTcpPort: 7881,
      workers: 4,
      announce: ["203.0.113.7"],
      autoCreateRooms: false,
      room: { emptyTimeoutMs: 30_000, departureTimeoutMs: 5000, maxParticipants: 12 },
      allowsRemoteUnmute: true,
      webhook: { apiKey: "devkey", urls: ["https://example.org/sfu_webhook"] },
      limits: { metadataBytes: 1000, nameLength: 40, rooms: defaultLimits.rooms },
    });
  });

  it("puts flags over the environment over the file", () => {
    const text = `${KEYS}port: 1\nroom: { auto_create: false, empty_timeout: 1 }\nlogging: { level: warn }`;
    const environment = { LIVEKIT_PORT: "2", LIVEKIT_ROOM_EMPTY_TIMEOUT: "2", NODE_IP: "192.0.2.2" };

    const settings = readFile(text, { environment, args: ["--port", "3", "--node-ip=192.0.2.3"] });

    expect(settings).toMatchObject({ http: { port: 3 }, logLevel: "warn" });
    expect(settings.sfu).toMatchObject({
      autoCreateRooms: false,
      room: { emptyTimeoutMs: 2000 },
      announce: ["192.0.2.3"],
    });
  });

  it("reads keys from wherever LiveKit does", () => {
    const environment = { LIVEKIT_KEYS: `a: ${SECRET}` };

    expect(read({ environment }).sfu.apiKeys).toEqual({ a: SECRET });
    expect(read({ environment: { LIVEKIT_CONFIG: KEYS } }).sfu.apiKeys).toEqual({ devkey: SECRET });
    expect(read({ args: ["--keys", `b: ${SECRET}`], environment }).sfu.apiKeys).toEqual({ b: SECRET });
    const files = { "/keys": { text: `c: ${SECRET}\nd: ${SECRET}\n` } };
    expect(read({ args: ["--key-file", "/keys"], files }).sfu.apiKeys).toEqual({ c: SECRET, d: SECRET });
  });

  it.each([
    ["7882", 4, { mediaPort: 7882, workers: 1 }],
    ["7882-7883", 4, { mediaPort: 7882, workers: 2 }],
    ["7882-7891", 4, { mediaPort: 7882, workers: 4 }],
  ])("gives every worker a port of %s", (range, cores, expected) => {
    expect(read({ args: ["--dev", "--udp-port", range], cores }).sfu).toMatchObject(expected);
  });

  it.each([
    ["an unknown option of a file", `${KEYS}hologram: true`, "hologram"],
    ["an unknown option of a group", `${KEYS}rtc: { hologram: true }`, "rtc: hologram"],
    ["what needs more than one machine", `${KEYS}redis: { address: "localhost:6379" }`, "redis"],
    ["a TURN server", `${KEYS}turn: { enabled: true }`, "turn.enabled"],
    ["an address that somebody else knows", `${KEYS}rtc: { use_external_ip: true }`, "rtc.use_external_ip"],
    ["a wrong type", `${KEYS}port: many`, "port"],
    ["a limit of nothing", `${KEYS}limit: { rooms: 0 }`, "limit.rooms"],
    ["no keys", "port: 1", "keys"],
    ["a short secret", "keys: { devkey: marked-secret }", "devkey"],
    ["a key for webhooks that is none", `${KEYS}webhook: { api_key: x, urls: ["http://a/"] }`, "webhook.api_key"],
    ["more workers than ports", `${KEYS}rtc: { udp_port: 7882 }\nworker: { count: 2 }`, "udp_port"],
    ["media over nothing", `${KEYS}rtc: { force_tcp: true, tcp_port: 0 }`, "tcp_port"],
    ["a range that ends before it begins", `${KEYS}rtc: { udp_port: 10-9 }`, "range"],
    ["what is no YAML", "keys: { marked-secret: [", "livekit.yaml"],
    ["what is no set of options", "- a", "livekit.yaml"],
  ])("refuses %s", (_name, text, named) => {
    const { message } = faultOf(() => readFile(text));

    expect(message).toContain(named);
    expect(message).not.toContain("marked-secret");
  });

  it("names every fault at once", () => {
    const { message } = faultOf(() => readFile(`${KEYS}port: many\nhologram: 1\nroom: { auto_create: perhaps }`));

    for (const name of ["port", "hologram", "room.auto_create"]) expect(message).toContain(name);
  });

  it("refuses unknown flags, stray words, and a key file that others may read", () => {
    expect(faultOf(() => read({ args: ["--hologram"] })).message).toContain("--hologram");
    expect(faultOf(() => read({ args: ["stray"] })).message).toContain("stray");
    const files = { "/keys": { text: `c: ${SECRET}`, mode: 0o644 } };
    expect(faultOf(() => read({ args: ["--key-file", "/keys"], files })).message).toContain("chmod");
  });

  it("explains each option in the help", () => {
    for (const { flag } of configOptions) expect(usageText()).toMatch(new RegExp(`--${flag} +\\S+`));
  });
});

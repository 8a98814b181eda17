import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CACHE, CONCLAVE } from "../bootstrap/paths.mjs";
import { runProgram } from "../bootstrap/runProgram.mjs";
import { answers, freePort, runPeer } from "./runPeer.mjs";
import { Skip } from "./Skip.mjs";

export const LIVEKIT_VERSION = "1.13.5";
const MODULE = "github.com/livekit/livekit-server/cmd/server";
/** Of Go: an older one fetches a newer toolchain itself, if it is at least 1.21. */
const OLDEST_GO = [1, 21];
/** Where Go is unpacked by its own instructions, though often on nobody's path. */
const USUAL_GO = "/usr/local/go/bin/go";
const READY_LIMIT_MS = 20_000;

/**
 * The real LiveKit server: the cached one, else built from Go's module proxy, which takes about three minutes.
 *
 * @returns path of the program
 * @throws {Skip} without a usable Go
 */
export async function obtainLivekit(say) {
  const folder = join(CACHE, "peers", `livekit-${LIVEKIT_VERSION}`);
  const program = join(folder, "livekit-server");
  if (existsSync(program)) return program;
  const go = findGo();
  const sources = join(folder, "build");
  mkdirSync(sources, { recursive: true });
  // A module of our own that needs LiveKit's is enough to build its program, without git and with checked sums.
  writeFileSync(join(sources, "go.mod"), "module peer\n\ngo 1.26\n");
  writeFileSync(join(sources, "peer.go"), `//go:build tools\n\npackage peer\n\nimport _ "${MODULE}"\n`);
  const env = { CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "-mod=mod" };
  const remedy = "Is Go's module proxy reachable (GOPROXY)? Then run the same command again.";
  say("resolving modules");
  await runProgram(go, ["get", `${MODULE}@v${LIVEKIT_VERSION}`], { cwd: sources, env, remedy });
  say("building, about 3 minutes");
  const unfinished = `${program}.${process.pid}`;
  await runProgram(go, ["build", "-trimpath", "-o", unfinished, MODULE], { cwd: sources, env, remedy });
  renameSync(unfinished, program);
  return program;
}

function findGo() {
  const candidates = ["go", USUAL_GO].map((command) => [command, goVersion(command)]);
  const usable = candidates.find(([, version]) => version !== undefined && isAtLeast(version, OLDEST_GO));
  if (usable) return usable[0];
  const [, found] = candidates.find(([, version]) => version !== undefined) ?? [];
  throw new Skip(
    `LiveKit ${LIVEKIT_VERSION} cannot be built: it needs Go ${OLDEST_GO.join(".")} or newer, and ${found ? `this machine has ${found.join(".")}` : "this machine has none"}; install it from https://go.dev/dl or as golang-go.`,
  );
}

function goVersion(command) {
  const { status, stdout } = spawnSync(command, ["env", "GOVERSION"], {
    encoding: "utf8",
    env: { ...process.env, GOTOOLCHAIN: "local" },
  });
  return status === 0 ? parseGoVersion(stdout) : undefined;
}

/** `go1.26.8` as numbers; `undefined` for what is none. */
export function parseGoVersion(text) {
  const match = /^go(\d+)\.(\d+)/.exec(text.trim());
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

export function isAtLeast([major, minor], [wantedMajor, wantedMinor]) {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * The configuration: loopback only, one UDP port for all media, nothing asked of the internet, rooms only by the
 * authorisation service unless `autoCreate`. JSON is YAML.
 */
export function livekitConfig({
  port,
  udpPort,
  metricsPort,
  key,
  secret,
  autoCreate = false,
  webhookUrl,
  redisAddress,
  isOurs = false,
}) {
  return {
    port,
    bind_addresses: ["127.0.0.1"],
    prometheus: { port: metricsPort },
    rtc: {
      // LiveKit opens its TCP port for media on every address; 0 leaves it closed.
      tcp_port: 0,
      udp_port: udpPort,
      use_external_ip: false,
      node_ip: "127.0.0.1",
      ...(isOurs
        ? { bind_addresses: ["127.0.0.1"] }
        : { enable_loopback_candidate: true, interfaces: { includes: ["lo"] } }),
    },
    turn: { enabled: false },
    room: { auto_create: autoCreate },
    keys: { [key]: secret },
    ...(redisAddress ? { redis: { address: redisAddress } } : {}),
    ...(webhookUrl ? { webhook: { api_key: key, urls: [webhookUrl] } } : {}),
    logging: { level: "warn" },
  };
}

/**
 * Starts LiveKit, or our SFU in its place, on free ports of loopback.
 *
 * @param options `program` as obtained, or `undefined` for our SFU, `folder` for its configuration, `key`, `secret`, `autoCreate`: joining makes rooms,
 *   `webhookUrl`: who is told of what happens, `redisAddress` of what makes nodes a cluster
 * @returns `{ url, metricsUrl, pid, close() }`; `url` is the WebSocket URL
 */
export async function startLivekit({ program, folder, ...options }) {
  const [name, command, args] = program ? ["LiveKit", program, []] : ["Our SFU", CONCLAVE, ["sfu"]];
  const [port, metricsPort, udpPort] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, "livekit.yaml");
  writeFileSync(config, JSON.stringify(livekitConfig({ port, udpPort, metricsPort, isOurs: !program, ...options })), {
    mode: 0o600,
  });
  const peer = await runPeer({
    name,
    command,
    args: [...args, "--config", config],
    isReady: () => answers(`http://127.0.0.1:${port}/`, "OK"),
    limitMs: READY_LIMIT_MS,
  });
  return { ...peer, url: `ws://127.0.0.1:${port}`, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` };
}

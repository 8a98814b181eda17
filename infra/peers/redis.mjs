import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { delimiter, dirname, join } from "node:path";

import { CACHE } from "../bootstrap/paths.mjs";
import { runProgram } from "../bootstrap/runProgram.mjs";
import { freePort, runPeer } from "./runPeer.mjs";
import { Skip } from "./Skip.mjs";

/** The server, and what it loads beyond what Debian always has. */
const PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];
const FOLDER = join(CACHE, "redis");
const READY_LIMIT_MS = 20_000;

/**
 * The real Redis: this machine's, else Debian's packages unpacked into the cache, which needs no rights.
 *
 * @returns `{ command, env }` to run it with
 * @throws {Skip} where there is none
 */
export async function obtainRedis(say) {
  const installed = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "redis-server"));
  const command = installed.find((path) => existsSync(path));
  if (command) return { command, env: {} };
  if (!existsSync(FOLDER)) {
    say("unpacking Debian's packages");
    await unpack().catch((fault) => {
      throw new Skip(`Redis is not installed, and Debian's packages cannot be fetched: ${fault.message}`);
    });
  }
  const libraries = readdirSync(join(FOLDER, "usr", "lib"), { recursive: true }).filter((path) => path.includes(".so"));
  const folders = new Set(libraries.map((path) => dirname(join(FOLDER, "usr", "lib", path))));
  return {
    command: join(FOLDER, "usr", "bin", "redis-server"),
    env: { LD_LIBRARY_PATH: [...folders].join(delimiter) },
  };
}

async function unpack() {
  const fresh = `${FOLDER}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    const download = () => runProgram("apt-get", ["download", "-q=2", ...PACKAGES], { cwd: fresh });
    // Without lists of packages nothing is found.
    await download().catch(() => runProgram("apt-get", ["update", "-q=2"]).then(download));
    for (const file of readdirSync(fresh)) {
      if (file.endsWith(".deb")) await runProgram("dpkg", ["-x", join(fresh, file), fresh]);
    }
    renameSync(fresh, FOLDER);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Starts Redis on a free port of loopback; it keeps nothing on disk.
 *
 * @param program what `obtainRedis` returned
 * @returns `{ address, pid, close() }`; `address` is host and port
 */
export async function startRedis({ command, env }) {
  const port = await freePort();
  const peer = await runPeer({
    name: "Redis",
    command,
    args: ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    env,
    isReady: () => answersPing(port),
    limitMs: READY_LIMIT_MS,
  });
  return { ...peer, address: `127.0.0.1:${port}` };
}

function answersPing(port) {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(2000, () => socket.destroy());
    socket.on("data", (data) => {
      resolve(data.toString().startsWith("+PONG"));
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const STOP_LIMIT_MS = 10_000;
const POLL_MS = 100;
const MAX_KEPT_CHARACTERS = 16 * 1024;
const SHOWN_LINES = 15;

/**
 * Starts a server and waits until `isReady` says so.
 *
 * @param options `name`, `command`, `args`, `env` (added to ours), `isReady()`, `limitMs`
 * @returns `{ pid, close() }`; ended by force if it does not end by itself, and when this process ends
 */
export async function runPeer({ name, command, args, env = {}, isReady, limitMs }) {
  // A group of its own: Ctrl-C at the terminal is for whoever uses the peer.
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-MAX_KEPT_CHARACTERS);
    });
  }
  let fault;
  child.on("error", (cause) => {
    fault = cause.code;
  });
  const signal = (which) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, which);
    } catch {
      // Nobody of the group is left.
    }
  };
  const killAtExit = () => signal("SIGKILL");
  process.once("exit", killAtExit);
  const hasEnded = () => fault !== undefined || child.exitCode !== null || child.signalCode !== null;

  async function close() {
    if (!hasEnded()) {
      const timer = setTimeout(() => signal("SIGKILL"), STOP_LIMIT_MS);
      signal("SIGTERM");
      await once(child, "exit");
      clearTimeout(timer);
    }
    process.off("exit", killAtExit);
  }

  const deadlineMs = Date.now() + limitMs;
  while (!(await isReady())) {
    if (!hasEnded() && Date.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      continue;
    }
    const why = hasEnded() ? `ended with ${fault ?? child.signalCode ?? child.exitCode}` : "does not answer";
    await close();
    throw new Error(`${name} ${why}:\n${output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n")}`);
  }
  return { pid: child.pid, close };
}

/** True once a GET is answered well. */
export async function answers(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000), redirect: "error" });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** TCP ports of loopback that nobody holds now; asked for together, so that they differ. */
export async function freeTcpPorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** A UDP port of loopback that nobody holds now. */
export async function freeUdpPort() {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
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

/** True once a GET is answered well, and with a text that holds `mark`: somebody else may have the port. */
export async function answers(url, mark = "") {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000), redirect: "error" });
    const text = await response.text();
    return response.ok && text.includes(mark);
  } catch {
    return false;
  }
}

/** Below the range out of which systems take ports by themselves: what was free stays free until it is used. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const MAX_TRIES = 50;

/** A port of loopback that neither TCP nor UDP uses now. */
export async function freePort() {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    const [server, socket] = [createServer(), createSocket("udp4")];
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
      socket.bind(port, "127.0.0.1");
      await once(socket, "listening");
      return port;
    } catch {
      // In use: the next one.
    } finally {
      server.close();
      socket.close();
    }
  }
  throw new Error("No port is free");
}

import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";

import { Emitter } from "@conclave/kit";

import type { FromHost, ToHost } from "../../host/messages.ts";
import type { BotTier } from "../../model.ts";
import { SwarmError } from "../errors.ts";
import type { HostLink } from "../ports.ts";

const ENTRY = fileURLToPath(new URL("../../host/adapters/hostProcess.ts", import.meta.url));
const NODE_OPTIONS = ["--conditions=source", "--disable-warning=ExperimentalWarning"];
const SETPRIV = "/usr/bin/setpriv";
const START_LIMIT_MS = 30_000;
const WITNESS_PRIORITY = 2;
const END_LIMIT_MS = 15_000;

/** Starts a process for bots of one tier and waits until it is ready. */
export async function startHost(tier: BotTier): Promise<HostLink> {
  const isWitness = tier === "browser";
  const child = fork(ENTRY, [tier], {
    ...(isWitness ? humbly(NODE_OPTIONS) : { execArgv: NODE_OPTIONS }),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
    // LiveKit's native library tells the terminal everything otherwise.
    env: { ...process.env, NODE_ENV: "production" },
  });
  // Witnesses must not slow down what they witness; their browsers inherit this.
  if (isWitness && child.pid !== undefined) setPriority(child.pid, WITNESS_PRIORITY);
  const received = new Emitter<FromHost>();
  const died = new Emitter<{ readonly how: string }>();
  let isEnding = false;
  const exited = once(child, "exit");
  child.once("exit", (code, signal) => {
    if (!isEnding) died.emit({ how: signal ?? `exit code ${code}` });
  });
  child.on("message", (message) => received.emit(message as FromHost));
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => {
      child.kill("SIGKILL");
      reject(new SwarmError("host_failed", `The process for ${tier} bots did not start: see the lines above.`));
    };
    const timer = setTimeout(fail, START_LIMIT_MS);
    child.once("exit", fail);
    child.once("message", () => {
      clearTimeout(timer);
      resolve();
    });
  });
  return {
    tier,
    processId: child.pid ?? 0,
    received,
    died,
    send: (message: ToHost) => {
      if (child.connected) child.send(message, () => {});
    },
    async end() {
      isEnding = true;
      const force = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
      if (child.connected) child.disconnect();
      await exited;
      clearTimeout(force);
    },
  };
}

/**
 * Node without the right to raise priorities. As root, Chromium puts a dozen threads of each browser above everything else
 * on the machine: two browsers then starve the one thread of fifty bots.
 */
function humbly(options: readonly string[]): { readonly execPath?: string; readonly execArgv: string[] } {
  const mayRaise = process.getuid?.() === 0 && existsSync(SETPRIV);
  if (!mayRaise) return { execArgv: [...options] };
  const limits = ["--bounding-set=-sys_nice", "--inh-caps=-sys_nice"];
  return { execPath: SETPRIV, execArgv: [...limits, "--", process.execPath, ...options] };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { TestContext } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../infra/peers/main.mjs", import.meta.url));
/** What it ends with where a peer cannot be had on this machine. */
const EXIT_SKIPPED = 3;
const MAX_KEPT_CHARACTERS = 8000;

/** Where the peers are. @see infra/peers/startPeerStack.mjs */
export interface Peers {
  readonly homeserverUrl: string;
  readonly serverName: string;
  /** Synapse's `registration_shared_secret`, of this run only. */
  readonly sharedSecret: string;
  readonly livekitUrl: string;
  /** LiveKit's nodes: one, or those of a cluster. */
  readonly nodes: readonly { readonly url: string; readonly metricsUrl: string; readonly pid: number }[];
  readonly jwtUrl: string;
  /** Missing if our web app is not built. */
  readonly webAppUrl?: string;
  readonly processes: readonly { readonly part: string; readonly pid: number }[];
}

export interface SpawnedPeers {
  /** The peers; skips the test, and says why, where they cannot be had. */
  of(context: TestContext): Peers;
  close(): Promise<void>;
}

export interface PeersOptions {
  readonly withCluster?: boolean;
  /** What is ours in the place of Synapse, of LiveKit, or of both. */
  readonly ours?: readonly ("homeserver" | "sfu")[];
}

/** Synapse, LiveKit and our authorisation service. The first time on a machine they are built for some minutes. */
export async function spawnPeers({ withCluster = false, ours = [] }: PeersOptions = {}): Promise<SpawnedPeers> {
  const options = [...(withCluster ? ["--cluster"] : []), ...(ours.length > 0 ? ["--ours", ours.join(",")] : [])];
  const child = spawn("node", [PROGRAM, "--json", ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let [said, errors] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_KEPT_CHARACTERS);
  });
  const found = new Promise<Peers>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes("\n")) resolve(JSON.parse(said) as Peers);
    });
  });
  const peers = await Promise.race([found, ended.then(() => undefined)]);
  if (!peers && child.exitCode !== EXIT_SKIPPED) throw new Error(`The peers ended with ${child.exitCode}:\n${errors}`);
  const why = errors.trim().split("\n").at(-1) ?? "";
  if (!peers) process.stderr.write(`\n${why}\n`);
  return {
    of: (context) => peers ?? context.skip(why),
    async close() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

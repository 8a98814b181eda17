import { fileURLToPath } from "node:url";

import type { ContractServer } from "@conclave/sfu/contract";
import type { TestContext } from "vitest";

import { spawnPeer } from "./sfuPeer.ts";

const PROGRAM = fileURLToPath(new URL("../../infra/peers/livekitMain.mjs", import.meta.url));

export interface SpawnedLivekit {
  /** The server; skips the test, and says why, where it cannot be had. */
  of(context: TestContext): ContractServer;
  close(): Promise<void>;
}

/** The real LiveKit alone. The first time on a machine it is built for some minutes. */
export async function spawnLivekit(): Promise<SpawnedLivekit> {
  const peer = await spawnPeer<ContractServer>("node", [PROGRAM]);
  return { of: (context) => peer.said ?? context.skip(peer.why), close: () => peer.close() };
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startConclave, type ConclaveOptions } from "@conclave/conclave";

import { createRoom, type MadeRoom, type RoomToMake } from "./createRoom.ts";

export interface Stack {
  /** The origin, without trailing slash. */
  readonly url: string;
  createRoom(room: RoomToMake): Promise<MadeRoom>;
  close(): Promise<void>;
}

/** Everything that `conclave up` runs, in this process, on free ports and an empty data folder. */
export async function startStack(options: Pick<ConclaveOptions, "sfuTap"> = {}): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-story-"));
  const conclave = await startConclave({
    host: "127.0.0.1",
    port: 0,
    mediaPort: 0,
    announce: [],
    dataDir,
    workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
    ...options,
  });
  return {
    url: conclave.url,
    createRoom: (room) => createRoom(conclave.url, room),
    async close() {
      await conclave.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

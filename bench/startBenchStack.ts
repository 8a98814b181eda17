import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startConclave } from "@conclave/conclave";

export interface BenchStack {
  /** The origin, without trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** What `conclave up` runs, in this process, with the built web app and an empty data folder. */
export async function startBenchStack(): Promise<BenchStack> {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const conclave = await startConclave({
    host: "127.0.0.1",
    port: 0,
    mediaPort: 0,
    announce: [],
    dataDir,
    workerBin: process.env["MEDIASOUP_WORKER_BIN"] ?? "",
  });
  return {
    url: conclave.url,
    async close() {
      await conclave.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

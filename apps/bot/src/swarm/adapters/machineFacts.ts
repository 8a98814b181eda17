import { arch, cpus, platform, totalmem } from "node:os";

import type { ShardFacts } from "../../report/index.ts";

/** What this machine is. */
export function machineFacts(): ShardFacts["machine"] {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${platform()} ${arch()}`,
  };
}

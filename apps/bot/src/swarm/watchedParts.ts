import type { TargetProcess } from "../target/index.ts";
import type { Crew } from "./Crew.ts";
import type { WatchedPart } from "./ResourceWatch.ts";

/** What a report calls the target's processes. */
const PARTS: Readonly<Record<string, string>> = {
  "sfu-worker": "sfu",
  livekit: "sfu",
  stack: "homeserver",
  synapse: "homeserver",
};

/** All that is worth watching: the servers where they are known, and the bots. */
export function watchedParts(target: readonly TargetProcess[], crew: Crew): readonly WatchedPart[] {
  const servers = new Map<string, number[]>();
  for (const { part, pid } of target) {
    const name = PARTS[part] ?? part;
    servers.set(name, [...(servers.get(name) ?? []), pid]);
  }
  const bots = [...crew.processes("protocol"), ...crew.processes("native")];
  return [
    ...Array.from(servers, ([part, processes]) => ({ part, processes, isSink: false })),
    { part: "bots", processes: bots, isSink: true },
    { part: "browsers", processes: crew.processes("browser"), isSink: false },
  ].filter(({ processes }) => processes.length > 0);
}

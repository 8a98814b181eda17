import type { ResourceEyes } from "../ResourceWatch.ts";
import { readProcessTable, readSocketDrops, useOf } from "./readProcesses.ts";

/** Looks at `/proc`; where there is none, everything is 0. */
export const procEyes: ResourceEyes = {
  async look() {
    const table = await readProcessTable();
    return (processes) => useOf(table, processes);
  },
  drops: readSocketDrops,
};

import type { ResourceEyes } from "../ResourceWatch.ts";
import { readProcessTable, readSocketDrops, useOf } from "./readProcesses.ts";

/** Looks at `/proc`; where there is none, everything is 0. */
export const procEyes: ResourceEyes = {
  use: async (processes) => useOf(await readProcessTable(), processes),
  drops: readSocketDrops,
};

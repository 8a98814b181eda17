import { readdir, readFile } from "node:fs/promises";

/**
 * CPU time of a process, all its threads and all its descendants, in µs. Linux only: `schedstat` counts nanoseconds,
 * where `stat` counts ticks of 10 ms.
 */
export async function cpuOf(processId: number): Promise<number> {
  let sumUs = 0;
  for (const id of await familyOf(processId)) {
    for (const thread of await readdir(`/proc/${id}/task`)) {
      const [onCpuNs] = (await readFile(`/proc/${id}/task/${thread}/schedstat`, "utf8")).split(" ");
      sumUs += Number(onCpuNs) / 1_000;
    }
  }
  return sumUs;
}

async function familyOf(processId: number): Promise<number[]> {
  const family = [processId];
  for (const thread of await readdir(`/proc/${processId}/task`)) {
    const children = await readFile(`/proc/${processId}/task/${thread}/children`, "utf8");
    for (const child of children.split(" ").filter(Boolean)) family.push(...(await familyOf(Number(child))));
  }
  return family;
}

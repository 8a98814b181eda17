import { readdir, readFile, readlink } from "node:fs/promises";

import type { ResourceUse } from "../ResourceWatch.ts";

/** What the kernel says of one process, its ended children included. */
interface Row extends ResourceUse {
  readonly parent: number;
}

/** Linux counts in hundredths of a second. @see proc(5), getconf CLK_TCK */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** All processes of this machine as they are now; empty where there is no `/proc`. */
export async function readProcessTable(): Promise<ReadonlyMap<number, Row>> {
  const entries = await readdir("/proc").catch(() => []);
  const ids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const rows = await Promise.all(ids.map(async (id) => [id, await readRow(id)] as const));
  return new Map(rows.filter((row): row is readonly [number, Row] => row[1] !== undefined));
}

/** The processes and all that descend from them, together. */
export function useOf(table: ReadonlyMap<number, Row>, roots: readonly number[]): ResourceUse {
  const family = new Set(roots);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const [id, { parent }] of table) if (family.has(parent)) family.add(id);
  }
  const rows = [...family].flatMap((id) => table.get(id) ?? []);
  return {
    cpuMs: rows.reduce((sum, row) => sum + row.cpuMs, 0),
    rssBytes: rows.reduce((sum, row) => sum + row.rssBytes, 0),
  };
}

/** Packets that the kernel threw away because the processes did not fetch them, since their sockets were opened. */
export async function readSocketDrops(processes: readonly number[]): Promise<ReadonlyMap<string, number>> {
  const inodes = new Set((await Promise.all(processes.map(socketsOf))).flat());
  const tables = await Promise.all(
    ["/proc/net/udp", "/proc/net/udp6"].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const rows = tables.flatMap((table) => table.split("\n").slice(1)).map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.filter((row) => inodes.has(row[9] ?? "")).map((row) => [row[9] ?? "", Number(row.at(-1))] as const),
  );
}

async function readRow(id: number): Promise<Row | undefined> {
  const text = await readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
  // The name in brackets may hold anything; fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 22) return undefined;
  const field = (number: number): number => Number(fields[number - 3]);
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { parent: field(4), cpuMs: ticks * TICK_MS, rssBytes: field(24) * PAGE_BYTES };
}

async function socketsOf(id: number): Promise<string[]> {
  const folder = `/proc/${id}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";

/** Ids of the processes that were started with `argument` on their command line, and of all that come from them. */
export function processesWith(argument: string): readonly number[] {
  const ids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  const parents = new Map(ids.map((id) => [Number(id), parentOf(id)]));
  const found = new Set(ids.filter((id) => read(`/proc/${id}/cmdline`).split("\0").includes(argument)).map(Number));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [id, parent] of parents) if (parent !== undefined && found.has(parent)) found.add(id);
  }
  return [...found];
}

/**
 * Gives the session of other processes the niceness of this one. Linux shares processors out among sessions first, each
 * as much as the next, so that what a session's processes inherited counts among themselves only. Elsewhere it does
 * nothing, nor where the system does not allow it.
 */
export function passNicenessOn(processes: () => readonly number[]): void {
  const niceness = getPriority();
  const [one] = niceness === 0 ? [] : processes();
  if (one === undefined) return;
  try {
    writeFileSync(`/proc/${one}/autogroup`, String(niceness));
  } catch {
    // No such groups here.
  }
}

/** SIGKILL to each of them: nothing says goodbye. */
export function killProcesses(ids: readonly number[]): void {
  for (const id of ids) {
    try {
      process.kill(id, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function parentOf(id: string): number | undefined {
  // The name in parentheses may hold anything, blanks and parentheses too.
  const fields = /\) \S (\d+) /.exec(read(`/proc/${id}/stat`));
  return fields ? Number(fields[1]) : undefined;
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

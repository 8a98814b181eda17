import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";

interface ChildProcess {
  readonly pid: number;
  /** File name of the program, cut to 15 characters by the kernel. */
  readonly name: string;
}

/** The direct children of a process; none where neither /proc nor ps can say. */
export async function childrenOf(pid: number): Promise<readonly ChildProcess[]> {
  try {
    return await fromProc(pid);
  } catch {
    return fromPs(pid);
  }
}

/** A child belongs to the thread that made it. @see proc(5), /proc/pid/task/tid/children */
async function fromProc(pid: number): Promise<readonly ChildProcess[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8")));
  const pids = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  return Promise.all(
    pids.map(async (child) => ({ pid: child, name: (await readFile(`/proc/${child}/comm`, "utf8")).trim() })),
  );
}

function fromPs(parent: number): Promise<readonly ChildProcess[]> {
  return new Promise((resolve) => {
    execFile("ps", ["-A", "-o", "pid=,ppid=,comm="], (fault, output) => {
      if (fault) return resolve([]);
      const rows = output.split("\n").map((line) => /^\s*(\d+)\s+(\d+)\s+(.+)$/.exec(line));
      resolve(
        rows
          .filter((row) => row !== null && Number(row[2]) === parent)
          .map((row) => ({ pid: Number(row?.[1]), name: basename(row?.[3] ?? "").slice(0, 15) })),
      );
    });
  });
}

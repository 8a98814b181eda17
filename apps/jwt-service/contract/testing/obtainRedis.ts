import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "conclave", "redis");
/** The server and what it loads beyond what Debian always has. */
const PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];
const LIMIT_MS = 90_000;

/** A Redis that can be run, and the libraries that it needs. */
export interface RedisProgram {
  readonly command: string;
  readonly libraryPath: string;
}

/**
 * The real Redis: this machine's, else Debian's packages unpacked into the user's cache, which needs no rights.
 *
 * @returns a sentence that says why where there is none
 */
export async function obtainRedis(): Promise<RedisProgram | string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const command = join(folder, "redis-server");
    if (existsSync(command)) return { command, libraryPath: "" };
  }
  const cached = await findUnpacked(CACHE);
  if (cached) return cached;
  try {
    await unpackPackages();
  } catch (fault) {
    const why = fault instanceof Error ? fault.message.split("\n").slice(0, 2).join(" ") : String(fault);
    return `Redis is not installed, and Debian's package cannot be fetched: ${why}`;
  }
  return (await findUnpacked(CACHE)) ?? "Debian's package of Redis does not run on this machine.";
}

async function unpackPackages(): Promise<void> {
  const fresh = `${CACHE}.${process.pid}`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const options = { cwd: fresh, timeout: LIMIT_MS };
  try {
    await run("apt-get", ["download", "-q=2", ...PACKAGES], options).catch(async () => {
      // Without lists of packages nothing is found.
      await run("apt-get", ["update", "-q=2"], options);
      await run("apt-get", ["download", "-q=2", ...PACKAGES], options);
    });
    for (const file of await readdir(fresh)) {
      if (file.endsWith(".deb")) await run("dpkg", ["-x", join(fresh, file), fresh], options);
    }
    await rename(fresh, CACHE).catch((fault: unknown) => {
      // Another run may have been faster.
      if (!existsSync(CACHE)) throw fault;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function findUnpacked(folder: string): Promise<RedisProgram | undefined> {
  const command = join(folder, "usr", "bin", "redis-server");
  if (!existsSync(join(folder, "usr", "lib"))) return undefined;
  const libraries = await readdir(join(folder, "usr", "lib"), { recursive: true });
  const folders = libraries
    .filter((path) => path.includes(".so"))
    .map((path) => join(folder, "usr", "lib", path, ".."));
  const libraryPath = [...new Set(folders)].join(delimiter);
  return run(command, ["--version"], { env: { LD_LIBRARY_PATH: libraryPath } }).then(
    () => ({ command, libraryPath }),
    () => undefined,
  );
}

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { release } from "node:os";
import { join, resolve } from "node:path";

import { CACHE, ROOT, TOOLS, WORKER_LINK } from "../bootstrap/paths.mjs";
import { Remedy } from "../bootstrap/Remedy.mjs";
import { runProgram } from "../bootstrap/runProgram.mjs";
import { hashFiles, hashTexts } from "../bootstrap/stamp.mjs";
import { buildWorker } from "./buildWorker.mjs";

const DOWNLOAD_TIMEOUT_MS = 8000;
const RELEASES = "https://github.com/versatica/mediasoup/releases/download";
/** What the worker exits with when it was not started by mediasoup: it can be loaded and runs. */
const USABLE_EXIT_CODE = 41;

/**
 * Obtains the media worker: the environment's, the cached one, the package's prebuilt download, or a build of the
 * package's sources, in this order. Leaves a link to it in `.tools`.
 */
export async function obtainWorker(say) {
  const chosen = process.env.MEDIASOUP_WORKER_BIN;
  if (chosen) {
    if (!isUsable(chosen))
      throw new Remedy(`MEDIASOUP_WORKER_BIN names ${chosen}, which does not run: correct or unset it.`);
    // Tools that we start name the link itself, which must not come to point at itself.
    if (resolve(chosen) !== WORKER_LINK) link(chosen);
    return "MEDIASOUP_WORKER_BIN";
  }
  const version = installedVersion();
  const folder = join(
    CACHE,
    cacheKey({ version, platform: process.platform, arch: process.arch, recipe: recipeHash() }),
  );
  const worker = join(folder, "mediasoup-worker");
  if (isUsable(worker)) {
    link(worker);
    return `${version}, cached`;
  }
  mkdirSync(folder, { recursive: true });
  const unfinished = join(folder, `unfinished-${process.pid}`);
  const isDownloaded = await download(version, unfinished, say);
  if (!isDownloaded) await buildWorker({ packageFolder: packageFolder(), output: unfinished, folder }, say);
  if (!isUsable(unfinished))
    throw new Remedy("The media worker that was built does not run: set MEDIASOUP_WORKER_BIN to one that does.");
  renameSync(unfinished, worker);
  link(worker);
  return `${version}, ${isDownloaded ? "downloaded" : "built"}`;
}

/** Name of the cache folder. The recipe is part of it: changing how the worker is built builds it anew. */
export function cacheKey({ version, platform, arch, recipe }) {
  return `worker-${version}-${platform}-${arch}-${hashTexts([recipe]).slice(0, 12)}`;
}

/** File name of the prebuilt worker, as mediasoup's releases name it. */
export function prebuiltName({ version, platform, arch, kernelRelease }) {
  const kernel = platform === "linux" ? `-kernel${Number.parseInt(kernelRelease, 10)}` : "";
  return `mediasoup-worker-${version}-${platform}-${arch}${kernel}.tgz`;
}

function recipeHash() {
  return hashFiles(["infra/worker/buildWorker.mjs", "infra/worker/debianPackages.mjs", "infra/worker/subprojects"]);
}

function packageFolder() {
  return join(ROOT, "apps", "sfu", "node_modules", "mediasoup");
}

function installedVersion() {
  return JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")).version;
}

function isUsable(path) {
  return existsSync(path) && spawnSync(path, [], { env: {}, stdio: "ignore" }).status === USABLE_EXIT_CODE;
}

function link(worker) {
  mkdirSync(TOOLS, { recursive: true });
  const fresh = `${WORKER_LINK}.${process.pid}`;
  rmSync(fresh, { force: true });
  symlinkSync(worker, fresh);
  renameSync(fresh, WORKER_LINK);
}

/** Tries the prebuilt worker of mediasoup's release; false where it cannot be reached or does not run here. */
async function download(version, output, say) {
  const name = prebuiltName({ version, platform: process.platform, arch: process.arch, kernelRelease: release() });
  say("looking for a prebuilt one");
  const archive = `${output}.tgz`;
  const folder = `${output}.unpacked`;
  try {
    const response = await fetch(`${RELEASES}/${version}/${name}`, {
      signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS),
    });
    if (!response.ok) return false;
    const { writeFile } = await import("node:fs/promises");
    await writeFile(archive, new Uint8Array(await response.arrayBuffer()));
    mkdirSync(folder, { recursive: true });
    await runProgram("tar", ["-xzf", archive, "-C", folder]);
    const [file] = readdirSync(folder).filter((entry) => entry.startsWith("mediasoup-worker"));
    if (file === undefined) return false;
    chmodSync(join(folder, file), 0o755);
    if (!isUsable(join(folder, file))) return false;
    renameSync(join(folder, file), output);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(archive, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CACHE } from "../bootstrap/paths.mjs";
import { runProgram } from "../bootstrap/runProgram.mjs";
import { Skip } from "./Skip.mjs";

const OLDEST_PYTHON = [3, 10];

/**
 * A package of PyPI in a virtual environment of its own: the cached one, else installed.
 *
 * @param wanted `name` at PyPI, `version`, `folder`: what it is called in the cache
 * @returns path of the environment's Python
 * @throws {Skip} without a usable Python
 */
export async function obtainPythonPackage({ name, version, folder: called }, say) {
  const folder = join(CACHE, "peers", `${called}-${version}`);
  const environment = join(folder, "venv");
  const python = join(environment, "bin", "python");
  const complete = join(folder, "complete");
  if (existsSync(complete) && existsSync(python)) return python;
  requirePython(`${name} ${version}`);
  // An environment holds its own path, so it cannot be made elsewhere and moved.
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say("making a virtual environment");
  await runProgram("python3", ["-m", "venv", environment], {
    remedy: "On Debian it needs the package python3-venv; then run the same command again.",
  });
  say("installing from PyPI, about 1 minute");
  await runProgram(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `${name}==${version}`], {
    remedy: "Is PyPI reachable? Then run the same command again.",
  });
  writeFileSync(complete, `${version}\n`);
  return python;
}

function requirePython(what) {
  const { status, stdout } = spawnSync("python3", ["-c", "import sys; print(*sys.version_info[:2])"], {
    encoding: "utf8",
  });
  const [major, minor] = status === 0 ? stdout.trim().split(" ").map(Number) : [];
  if (major > OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1])) return;
  throw new Skip(
    `${what} cannot be installed: it needs Python ${OLDEST_PYTHON.join(".")} or newer, and ${major === undefined ? "this machine has none" : `this machine has ${major}.${minor}`}.`,
  );
}

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

import { Remedy } from "./Remedy.mjs";
import { runProgram } from "./runProgram.mjs";

/** True if a program of this name can be run. */
export function hasProgram(name) {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** The packages among `wanted` whose program is missing. */
export function missingPackages(wanted, isThere = hasProgram) {
  return wanted.filter(({ programs }) => !programs.some(isThere)).map(({ name }) => name);
}

/** True on Debian, Ubuntu and what is made of them. */
export function isDebian(osRelease = readOsRelease()) {
  return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(osRelease);
}

function readOsRelease() {
  return existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
}

/** One sentence for those who must install the packages themselves. */
export function remedyFor(reason, names, isAptThere) {
  const how = isAptThere
    ? `run: sudo apt-get install -y ${names.join(" ")}`
    : `install ${names.join(" and ")} with this system's package manager`;
  return `${reason} needs ${names.join(" and ")}, which this machine does not have; ${how}, then start again.`;
}

/**
 * Makes sure that each package's program is there. Announces what it installs, and installs only as root on Debian or
 * Ubuntu; elsewhere it says the exact command.
 */
export async function ensurePackages(reason, wanted, say) {
  const names = missingPackages(wanted);
  if (names.length === 0) return;
  const canInstall = isDebian() && process.getuid?.() === 0;
  if (!canInstall) throw new Remedy(remedyFor(reason, names, isDebian()));
  process.stderr.write(`\n${reason} needs system packages; installing with apt-get: ${names.join(" ")}\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  say("apt-get update");
  await runProgram("apt-get", ["update", "-q"], { env });
  say(`apt-get install ${names.join(" ")}`);
  await runProgram("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...names], { env });
}

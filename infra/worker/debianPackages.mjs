import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Remedy } from "../bootstrap/Remedy.mjs";
import { runProgram } from "../bootstrap/runProgram.mjs";

/** The suite whose libraries the recipe was tried with, whatever suite the machine itself runs. */
const SUITE = "bookworm";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const PACKAGES = [
  "libuv1-dev",
  "libssl-dev",
  "libabsl-dev",
  "libflatbuffers-dev",
  "flatbuffers-compiler",
  "meson",
  "ninja-build",
];

/**
 * Downloads the libraries and build programs that the worker needs and unpacks them into a private folder; nothing is
 * installed on the system and no rights are needed.
 *
 * @returns folders: `root` of the unpacked packages, `srtp` with the sources of libsrtp 2
 */
export async function unpackDebianPackages(folder, say) {
  const done = join(folder, "debian");
  const result = { root: join(done, "root"), srtp: join(done, "srtp") };
  if (existsSync(done)) return result;
  // Made aside and renamed, so that an interrupted run starts anew instead of using half of it.
  const fresh = `${done}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  const apt = await privateApt(fresh, say);
  say("downloading Debian packages");
  const downloads = join(fresh, "downloads");
  mkdirSync(downloads, { recursive: true });
  await apt(["download", ...PACKAGES], downloads);
  for (const file of readdirSync(downloads)) {
    await runProgram("dpkg", ["-x", join(downloads, file), join(fresh, "root")]);
  }
  await unpackSrtp(apt, fresh);
  for (const name of ["apt", "downloads", "source"]) rmSync(join(fresh, name), { recursive: true, force: true });
  // Another checkout may have been faster.
  if (existsSync(done)) rmSync(fresh, { recursive: true, force: true });
  else renameSync(fresh, done);
  return result;
}

/** Debian's own libsrtp uses NSS, of which there is no static library; its source is built with OpenSSL instead. */
async function unpackSrtp(apt, folder) {
  const source = join(folder, "source");
  const target = join(folder, "srtp");
  mkdirSync(source, { recursive: true });
  mkdirSync(target, { recursive: true });
  await apt(["source", "--download-only", "--only-source", "libsrtp2"], source);
  const archive = readdirSync(source).find((name) => name.includes(".orig.tar."));
  if (archive === undefined) throw new Remedy("Debian's source of libsrtp2 has no archive: set MEDIASOUP_WORKER_BIN.");
  await runProgram("tar", ["-xf", join(source, archive), "-C", target, "--strip-components=1"]);
}

/** An apt-get with lists and cache of its own, for the suite and for sources. */
async function privateApt(folder, say) {
  const state = join(folder, "apt");
  mkdirSync(join(state, "lists", "partial"), { recursive: true });
  mkdirSync(join(state, "cache", "archives", "partial"), { recursive: true });
  writeFileSync(join(state, "sources.list"), await sourcesList(say));
  const options = [
    `Dir::Etc::SourceList=${join(state, "sources.list")}`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State::Lists=${join(state, "lists")}`,
    `Dir::Cache=${join(state, "cache")}`,
    "Acquire::Languages=none",
    "Acquire::Retries=3",
    // The folder may be readable for this user only.
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  const apt = (args, cwd = folder) => runProgram("apt-get", ["-q=2", ...options, ...args], { cwd });
  say("reading Debian's package lists");
  await apt(["update"]);
  return apt;
}

async function sourcesList(say) {
  let mirrors = await suiteMirrors();
  if (mirrors.length === 0) {
    // apt tells its mirrors only once it has been updated.
    say("apt-get update");
    await runProgram("apt-get", ["-q=2", "update"]).catch(() => "");
    mirrors = await suiteMirrors();
  }
  if (mirrors.length === 0 && isDebian()) mirrors = [`https://deb.debian.org/debian ${SUITE}`];
  if (mirrors.length === 0) {
    throw new Remedy(
      `The media worker can only be built with Debian ${SUITE}'s packages, which apt does not have here: set MEDIASOUP_WORKER_BIN to a built worker.`,
    );
  }
  const signed = existsSync(KEYRING) ? ` [signed-by=${KEYRING}]` : "";
  return (
    mirrors.flatMap((mirror) => [`deb${signed} ${mirror} main`, `deb-src${signed} ${mirror} main`]).join("\n") + "\n"
  );
}

async function suiteMirrors() {
  const listed = await runProgram("apt-get", ["indextargets", "--format", "$(REPO_URI) $(RELEASE)"]);
  return mirrorsOf(listed, SUITE);
}

/** The mirrors of a suite, its updates and its security updates, out of what apt lists. */
export function mirrorsOf(listed, suite) {
  const suites = new Set([suite, `${suite}-updates`, `${suite}-security`]);
  return [...new Set(listed.split("\n"))].filter((line) => suites.has(line.split(" ")[1] ?? ""));
}

function isDebian() {
  return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
}

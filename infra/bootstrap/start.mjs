import { readFileSync } from "node:fs";
import { join } from "node:path";

import { CONCLAVE, ROOT } from "./paths.mjs";
import { exitWith, Remedy } from "./Remedy.mjs";
import { runForeground } from "./runProgram.mjs";
import { setUp } from "./setUp.mjs";
import { unknownFlags } from "./startFlags.mjs";

const args = process.argv.slice(2);
const usage = readFileSync(join(ROOT, "apps", "conclave", "usage.txt"), "utf8");

try {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage.replace("conclave up", "npm start --"));
  } else {
    // Before minutes of set-up, not after.
    const [unknown] = unknownFlags(usage, args);
    if (unknown) throw new Remedy(`There is no option ${unknown}; see npm start -- --help.`);
    await setUp("start");
    process.exitCode = await runForeground(CONCLAVE, ["up", ...args]);
  }
} catch (fault) {
  exitWith(fault);
}

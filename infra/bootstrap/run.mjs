import { join } from "node:path";

import { nodePath, toolsEnvironment } from "./installTools.mjs";
import { CONCLAVE, ROOT } from "./paths.mjs";
import { exitWith } from "./Remedy.mjs";
import { runChecks } from "./runChecks.mjs";
import { runDevelopment } from "./runDevelopment.mjs";
import { runForeground } from "./runProgram.mjs";
import { setUp } from "./setUp.mjs";
import { PEERS, runProject, testEnvironment } from "./vitestProjects.mjs";

const [command = "", ...args] = process.argv.slice(2);

async function runTests(name, chromium) {
  const { passed, failed } = await runProject(name, { args, chromium });
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function runCommand({ chromium }) {
  switch (command) {
    case "check":
      return runChecks();
    case "build":
      return runForeground("tsc", ["-b"], { env: toolsEnvironment() });
    case "dev":
      return runDevelopment(args);
    case "test:unit":
      return runTests("unit", chromium);
    case "test:browser":
      return runTests("browser", chromium);
    case "e2e":
      return runTests("e2e", chromium);
    case "test:peers":
      return runTests(PEERS, chromium);
    case "swarm":
      return runForeground(CONCLAVE, ["swarm", ...args], { env: testEnvironment(chromium) });
    default:
      return runForeground(nodePath(), ["--conditions=source", join(ROOT, "bench", "main.ts"), ...args], {
        env: testEnvironment(chromium),
      });
  }
}

try {
  process.exitCode = await runCommand(await setUp(command));
} catch (fault) {
  exitWith(fault);
}

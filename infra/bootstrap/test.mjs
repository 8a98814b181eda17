import { exitWith } from "./Remedy.mjs";
import { setUp } from "./setUp.mjs";
import { PEERS, projectNames, runProject } from "./vitestProjects.mjs";

const NOTHING = { passed: 0, failed: 0 };

function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

async function runAll(chromium) {
  let total = NOTHING;
  // One after the other: stories in real browsers need the machine for themselves.
  for (const name of projectNames().filter((project) => project !== PEERS)) {
    process.stdout.write(`\n── ${name} tests\n`);
    total = add(total, await runProject(name, { chromium }));
  }
  return total;
}

try {
  const { chromium } = await setUp("test");
  const { passed, failed } = await runAll(chromium);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} catch (fault) {
  process.on("exit", () => process.stdout.write("0 passed, 1 failed\n"));
  exitWith(fault);
}

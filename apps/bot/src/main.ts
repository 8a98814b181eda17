import { readFileSync } from "node:fs";

import { CodedError } from "@conclave/kit";

import { parseSwarmCommand, type SwarmCommand } from "./commandLine.ts";

/** A plain file, as those of the other commands. */
const USAGE_FILE = new URL("../usage.txt", import.meta.url);
/** The command cannot be understood, or nothing could be run. */
const EXIT_UNUSABLE = 2;

/** Commands are loaded when asked for: help must not wait for native libraries. */
async function perform(command: SwarmCommand): Promise<number> {
  switch (command.kind) {
    case "help":
      process.stdout.write(readFileSync(USAGE_FILE, "utf8"));
      return 0;
    case "list":
      return (await import("./commands/listScenarios.ts")).printScenarios();
    case "merge":
      return (await import("./commands/mergeFolders.ts")).mergeFolders(command);
    case "compare":
      return (await import("./commands/compareFolders.ts")).compareFolders(command);
    case "run":
      return (await import("./commands/runScenario.ts")).runScenario({ fetch }, command);
  }
  return command satisfies never;
}

try {
  process.exitCode = await perform(parseSwarmCommand(process.argv.slice(2), process.env));
} catch (fault) {
  if (!(fault instanceof CodedError)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = EXIT_UNUSABLE;
}
// Native threads of WebRTC may hold the process for a while; all that matters is written.
process.exit();

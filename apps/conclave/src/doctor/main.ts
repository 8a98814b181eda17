import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { parseCommandLine } from "../commandLine.ts";
import { StartError } from "../errors.ts";
import { findWorker } from "../findWorker.ts";
import { probeData, probeNode, probePort, probeSecureContext, probeSite, probeWorker, type Finding } from "./probes.ts";

const CHECKOUT_SITE = fileURLToPath(new URL("../../../web/dist/site", import.meta.url));
const USAGE = `Usage: conclave doctor [options of conclave up]

Looks whether conclave up would work with the same options, and says what to do where it would not.
`;

async function examine(args: readonly string[]): Promise<readonly Finding[] | undefined> {
  const { options, wantsHelp } = parseCommandLine(args);
  if (wantsHelp) return undefined;
  return [
    probeNode(process.versions.node),
    probeWorker(findWorker(process.env)),
    probeSite(join(options.siteDir ?? CHECKOUT_SITE, "index.html")),
    probeData(options.dataDir),
    await probePort("web port", options.host, options.port),
    await probePort("media port", "0.0.0.0", options.mediaPort),
    probeSecureContext(options.publicUrl, options.host),
  ];
}

try {
  const findings = await examine(process.argv.slice(2));
  if (!findings) process.stdout.write(USAGE);
  for (const { name, detail, remedy } of findings ?? []) {
    process.stdout.write(`${remedy ? "✗" : "✓"} ${name.padEnd(16)} ${detail}${remedy ? `\n    → ${remedy}` : ""}\n`);
  }
  process.exitCode = findings?.some(({ remedy }) => remedy) ? 1 : 0;
} catch (fault) {
  if (!(fault instanceof StartError)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = 1;
}

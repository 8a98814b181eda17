import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { exitWith } from "../bootstrap/Remedy.mjs";
import { obtainLivekit, startLivekit } from "./livekit.mjs";
import { Skip } from "./Skip.mjs";

/**
 * `node infra/peers/livekitMain.mjs`: LiveKit alone, on free ports of loopback, until SIGTERM. Joining makes rooms.
 * One line of JSON says where it is: `url`, `apiKey`, `apiSecret` (of this run only).
 */
async function main() {
  // While it starts, ending this process ends it.
  let stop = endAtOnce;
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop());
  const program = await obtainLivekit((detail) => process.stderr.write(`LiveKit: ${detail}\n`));
  const folder = mkdtempSync(join(tmpdir(), "conclave-livekit-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const [apiKey, apiSecret] = [randomBytes(8).toString("hex"), randomBytes(32).toString("hex")];
  const livekit = await startLivekit({ program, folder, key: apiKey, secret: apiSecret, autoCreate: true });
  stop = () => void livekit.close().then(() => process.exit(0));
  process.stdout.write(`${JSON.stringify({ url: livekit.url, apiKey, apiSecret })}\n`);
  // The server alone would not keep this process alive.
  setInterval(() => {}, 2 ** 30);
}

function endAtOnce() {
  process.exit(1);
}

try {
  await main();
} catch (fault) {
  if (!(fault instanceof Skip)) exitWith(fault);
  process.stderr.write(`SKIPPED: ${fault.message}\n`);
  process.exit(3);
}

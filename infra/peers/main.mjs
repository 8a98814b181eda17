import { exitWith } from "../bootstrap/Remedy.mjs";
import { step } from "../bootstrap/progress.mjs";
import { Skip } from "./Skip.mjs";
import { obtainPeers, startPeerStack } from "./startPeerStack.mjs";

/** `node infra/peers/main.mjs [--json]`: the peers in the foreground, until Ctrl-C. With `--json` one line says where they are; with `--cluster` LiveKit is two nodes with
 * Redis; `--ours homeserver,sfu` puts ours in the place of Synapse or LiveKit. */
async function main() {
  // While they start, ending this process ends them.
  let stop = endAtOnce;
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop());
  const withCluster = process.argv.includes("--cluster");
  const ours = process.argv.includes("--ours") ? process.argv[process.argv.indexOf("--ours") + 1].split(",") : [];
  await step("peers", (say) => obtainPeers(say, { withCluster }).then(() => "Synapse, LiveKit"));
  const stack = await step("start", () => startPeerStack({ withWebApp: true, withCluster, ours }));
  stop = () => void stack.close().then(() => process.exit(0));
  process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(stack)}\n` : describe(stack));
  // The servers alone would not keep this process alive.
  setInterval(() => {}, 2 ** 30);
}

function describe(stack) {
  return `
  Peers are running:  ${stack.homeserverUrl}

  LiveKit ${stack.livekitUrl}   authorisation service ${stack.jwtUrl}
  web app ${stack.webAppUrl ?? "not built (npm run build)"}
  processes ${stack.processes.map(({ part, pid }) => `${part}=${pid}`).join(" ")}   Ctrl-C ends them
`;
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

import { parseArgs } from "node:util";

import { printTable, writeReport } from "./report.ts";
import { isWithinLimit, type Run } from "./result.ts";

const BENCHMARKS: Readonly<Record<string, () => Promise<Run>>> = {
  join: async () => (await import("./join/join.ts")).join(),
  weight: async () => (await import("./weight.ts")).weight(),
  forward: async () => (await import("./forward/forward.ts")).forward(),
  bots: async () => (await import("./bots/bots.ts")).bots(),
  members: async () => (await import("./members/members.ts")).members(),
  "sync-join": async () => (await import("./sync-join/syncJoin.ts")).syncJoin(),
  homeserver: async () => (await import("./homeserver/homeserver.ts")).homeserver(),
  keys: async () => (await import("./keys/keys.ts")).keys(),
  "frame-cipher": async () => (await import("./frame-cipher/frameCipher.ts")).frameCipher(),
  "bad-frames": async () => (await import("./bad-frames/badFrames.ts")).badFrames(),
  tokens: async () => (await import("./tokens/tokens.ts")).tokens(),
  "bot-stacks": async () => (await import("./bot-stacks/botStacks.ts")).botStacks(),
};

const USAGE = `Usage: npm run bench -- NAME [--json FILE]

  join        click on Join to the first decrypted remote frame, against two peer connections in one page
  weight      compressed bytes before Join can be pressed
  forward     CPU time of the SFU for each forwarded packet, against bare mediasoup
  bots        CPU time and memory of a bot of each tier
  members     time to derive a list of 1,000 members, and what a storm of 100 changes costs
  sync-join   from an account to the room of a call: sliding sync beside the filtered one
  homeserver  to-device messages per second, and a change to 100 people, beside bare HTTP
  keys        one leaves a large call: messages, bytes, CPU and time of the new keys, beside matrix-js-sdk's way
  frame-cipher  time to encrypt and decrypt a frame, against WebCrypto alone and livekit-client
  bad-frames  time to refuse a frame with a wrong tag, against a good one
  tokens      CPU time for each SFU token beside bare HTTP and an HMAC, latency, and a flood by one homeserver
  bot-stacks  CPU time and memory of the ways to receive media in a bot`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const [name = ""] = positionals;
  const benchmark = BENCHMARKS[name];
  if (values.help || !benchmark) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const run = await benchmark();
  printTable(run);
  if (values.json) await writeReport(values.json, name, run);
  return run.faults.length === 0 && run.results.every(isWithinLimit) ? 0 : 1;
}

// Browsers and servers that were measured may keep sockets open for a while.
process.exit(await main());

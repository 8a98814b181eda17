import { randomBytes } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";

import { reserveOlmMemory } from "@conclave/call/matrixHttp";
import { systemClock } from "@conclave/kit";

import type { BotTier } from "../../model.ts";
import { BotHost } from "../BotHost.ts";
import { loadTier } from "../loadTier.ts";
import { type FromHost, LAG_REPORT_MS, type ToHost } from "../messages.ts";

const NANOSECONDS = 1e6;
/** What an OlmMachine keeps of a person's device and of the session with it, seen with 60 and with 200 people. */
const OLM_BYTES_PER_PAIR = 8_000;
const LEAST_RESERVED_BYTES = 32 * 2 ** 20;

/** A process that houses the bots of one tier, started by `swarm/adapters/startHost.ts` with a pipe for messages. */
async function runHost(tier: BotTier): Promise<void> {
  process.on("uncaughtException", reportCrash);
  process.on("unhandledRejection", reportCrash);
  // Ctrl-C reaches the whole process group; the swarm says when to end.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  const makeBot = await loadTier(tier, { clock: systemClock, randomBytes: strongBytes, fetch });
  const host = new BotHost({ clock: systemClock, send, makeBot, ...(tier === "browser" ? {} : { reserve }) });
  process.on("message", (message) => void host.handle(message as ToHost));
  reportLag();
  send({ type: "ready" });
}

/** Without it the run is slower, no more. */
function reserve(pairs: number): void {
  const bytes = pairs * OLM_BYTES_PER_PAIR;
  if (bytes > LEAST_RESERVED_BYTES) reserveOlmMemory(bytes).catch(() => {});
}

function strongBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(lengthBytes));
}

function send(message: FromHost): void {
  process.send?.(message);
}

/** One bot's fault is a finding; the others go on. */
function reportCrash(fault: unknown): void {
  const kind = fault instanceof Error ? fault.name : typeof fault;
  if (process.env["CONCLAVE_BOT_TRACE"]) process.stderr.write(`${fault instanceof Error ? fault.stack : kind}\n`);
  const sentence = `A bot's process caught a fault that no bot answers for (${kind}).`;
  send({ type: "found", finding: { atMs: Date.now(), code: "crashed", sentence } });
}

function reportLag(): void {
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  setInterval(() => {
    send({ type: "lagged", lagMs: lag.max / NANOSECONDS });
    lag.reset();
  }, LAG_REPORT_MS).unref();
}

await runHost(process.argv[2] as BotTier);

import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";

import { systemClock, type Logger } from "@conclave/kit";

import { composeProgram, type Program } from "./composeProgram.ts";
import { parseConfig, type ProgramConfig } from "./config.ts";
import { ConfigError } from "./environment.ts";
import { textAnswer } from "./http/answers.ts";
import type { Answered, Asked } from "./http/exchange.ts";
import { ListenError, serve, type Served } from "./http/serve.ts";
import { pinoLogger } from "./pinoLogger.ts";
import type { JwtService } from "./ports.ts";
import { USAGE } from "./usage.ts";

/** Answers that are being written get this long after a signal to end. */
const SHUTDOWN_GRACE_MS = 1500;
/** The service answers first; what can wait waits this long. */
const SETTLED_AFTER_MS = 1000;

async function start(config: ProgramConfig): Promise<void> {
  const logger = pinoLogger(config.logLevel);
  for (const { level, sentence } of config.remarks) logger[level]("setting", { sentence });
  const program = await open(config, logger);
  const { service } = program;
  const listeners = [await serve(config.bind, "LIVEKIT_JWT_BIND", (asked) => service.answer(asked))];
  if (config.metricsBind) {
    listeners.push(await serve(config.metricsBind, "CONCLAVE_JWT_METRICS_BIND", (asked) => metrics(program, asked)));
  }
  logger.info("listening", { ...config.bind, readyMs: Math.round(systemClock.monotonicMs()) });
  const cancelSettled = systemClock.after(SETTLED_AFTER_MS, () => {
    // Else it is written at an orderly end only.
    flushCompileCache();
    if (config.isSelfChecked) void sayFindings(service, logger);
  });
  endOnSignal(program, listeners, cancelSettled);
}

async function open(config: ProgramConfig, logger: Logger): Promise<Program> {
  try {
    return await composeProgram(config, logger);
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : typeof fault;
    throw new ConfigError(`Redis at LIVEKIT_REDIS_URL cannot be used (${why}): start it, or correct the address.`);
  }
}

async function sayFindings(service: JwtService, logger: Logger): Promise<void> {
  const findings = await service.selfCheck();
  if (findings.length === 0) logger.info("self-check passed");
}

function metrics({ service }: Program, { path }: Asked): Promise<Answered> {
  const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
  return Promise.resolve(
    path === "/metrics" ? { status: 200, headers, body: service.metrics() } : textAnswer(404, "404 page not found\n"),
  );
}

function endOnSignal(program: Program, listeners: readonly Served[], cancelSettled: () => void): void {
  const stop = (): void => {
    cancelSettled();
    systemClock.after(SHUTDOWN_GRACE_MS, () => process.exit(0));
    void Promise.all([program.close(), ...listeners.map((listener) => listener.close())]).then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** Runs the self-check alone; the exit code says whether all is well. */
async function check(config: ProgramConfig): Promise<void> {
  const program = await open(config, pinoLogger("silent"));
  const findings = await program.service.selfCheck();
  const sentences = [...config.remarks.map(({ sentence }) => sentence), ...findings.map(({ sentence }) => sentence)];
  process.stdout.write(sentences.length > 0 ? `${sentences.join("\n")}\n` : "Nothing is wrong.\n");
  await program.close();
  process.exitCode = findings.length > 0 ? 1 : 0;
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return;
  }
  const config = parseConfig(process.env, (path) => readFileSync(path, "utf8"), args.includes("--strict"));
  await (args.includes("--check") ? check(config) : start(config));
}

try {
  await main(process.argv.slice(2));
} catch (fault) {
  if (!(fault instanceof ConfigError) && !(fault instanceof ListenError)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exit(1);
}

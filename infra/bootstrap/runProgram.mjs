import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

import { LOG_FILE, ROOT } from "./paths.mjs";
import { Remedy } from "./Remedy.mjs";

/** Last lines shown of a program that failed; the rest is in the log. */
const SHOWN_LINES = 15;
const MAX_KEPT_CHARACTERS = 64 * 1024;

/**
 * Runs a program quietly: its output goes to the log, and its end is shown only if it fails.
 *
 * @param options `cwd`, `env` (added to ours), `onLine` for progress, `remedy` said when it fails
 * @returns what it wrote to standard output
 */
export function runProgram(command, args, options = {}) {
  mkdirSync(dirname(LOG_FILE), { recursive: true });
  appendFileSync(LOG_FILE, `\n$ ${command} ${args.join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let both = "";
    const take = (chunk) => {
      appendFileSync(LOG_FILE, chunk);
      both = (both + chunk).slice(-MAX_KEPT_CHARACTERS);
      if (options.onLine) for (const line of chunk.split(/[\r\n]+/)) if (line.trim()) options.onLine(line.trim());
    };
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      output = (output + chunk).slice(-MAX_KEPT_CHARACTERS);
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (fault) => reject(new Remedy(`${command} cannot be run (${fault.code}): install it first.`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const shown = both.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
      const remedy = options.remedy ?? `Run the same command again; it goes on where it stopped. Log: ${LOG_FILE}`;
      reject(new Remedy(`${shown}\n${command} ended with ${signal ?? code}. ${remedy}`));
    });
  });
}

/** Runs a program in the foreground and passes signals on to it; resolves with its exit code. */
export function runForeground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: "inherit",
    });
    const passOn = (signal) => child.kill(signal);
    process.on("SIGTERM", passOn);
    // Ctrl-C reaches the child by itself: both are in the terminal's foreground group.
    process.on("SIGINT", letChildDecide);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGTERM", passOn);
      process.off("SIGINT", letChildDecide);
      resolve(code ?? (signal ? 1 : 0));
    });
  });
}

function letChildDecide() {}

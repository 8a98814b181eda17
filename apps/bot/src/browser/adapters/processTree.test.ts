import { spawn } from "node:child_process";
import { once } from "node:events";

import { afterEach, expect, it } from "vitest";

import { killProcesses, processesWith } from "./processTree.ts";

const MARK = `--mark-of-a-test=${process.pid}`;
const PARENT = `const { spawn } = require("node:child_process");
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
  console.log(child.pid);`;

afterEach(() => killProcesses(processesWith(MARK)));

it("finds the processes with a mark and their children, and ends them", async () => {
  const parent = spawn(process.execPath, ["-e", PARENT, "--", MARK], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const found = processesWith(MARK);

  expect(new Set(found)).toEqual(new Set([parent.pid, Number(String(line))]));

  killProcesses(found);
  await once(parent, "exit");
  expect(parent.signalCode).toBe("SIGKILL");
});

it("finds nothing where nothing runs, and does not mind processes that are gone", () => {
  expect(processesWith("--no-such-mark")).toEqual([]);
  expect(() => killProcesses([2 ** 22 - 1])).not.toThrow();
});

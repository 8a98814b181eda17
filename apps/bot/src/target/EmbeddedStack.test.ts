import { existsSync, readFileSync } from "node:fs";

import { systemClock } from "@conclave/kit";
import { afterEach, describe, expect, it } from "vitest";

import { EmbeddedStack } from "./EmbeddedStack.ts";

const LIMIT_MS = 60_000;

let stack: EmbeddedStack | undefined;

afterEach(async () => {
  await stack?.close({ keep: false });
  stack = undefined;
});

const versions = async (url: string): Promise<number> => (await fetch(`${url}/_matrix/client/versions`)).status;
/** Where nobody reaps orphans, a killed one stays behind as a zombie: it holds nothing any more. */
const isAlive = (pid: number): boolean => {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !readFileSync(file, "utf8").includes(") Z ");
};

describe("the embedded stack", () => {
  it(
    "answers, names its processes, survives being killed and leaves nothing",
    async () => {
      stack = await EmbeddedStack.start(systemClock);
      expect(await versions(stack.url)).toBe(200);
      const before = stack.processes();
      expect(before.map(({ part }) => part)).toEqual(["stack", "sfu-worker"]);

      await stack.restart();

      expect(await versions(stack.url)).toBe(200);
      const after = stack.processes();
      expect(after.map(({ pid }) => pid)).not.toEqual(before.map(({ pid }) => pid));
      expect(before.filter(({ pid }) => isAlive(pid))).toEqual([]);

      const [kept] = await stack.close({ keep: true });
      expect(after.filter(({ pid }) => isAlive(pid))).toEqual([]);
      expect(existsSync(kept?.id ?? "")).toBe(true);
      expect(await stack.close({ keep: false })).toEqual([]);
      expect(existsSync(kept?.id ?? "")).toBe(false);
    },
    LIMIT_MS,
  );

  it("says in one sentence which cores cannot be meant", async () => {
    await expect(EmbeddedStack.start(systemClock, { pin: "first" })).rejects.toThrow(/^"first" names no cores: [^.]+\.$/);
  });
});

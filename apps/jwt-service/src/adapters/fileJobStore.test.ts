import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { fileJobStore } from "./fileJobStore.ts";

const JOB = {
  room: "r",
  identity: "i",
  serverName: "s",
  delayId: "d",
  delayMs: 1000,
  restartedAtMs: 1_700_000_000_000,
};
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jobs-"));
  path = join(folder, "jobs.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

it("gives a later process what was saved and not removed, readable for its owner only", async () => {
  const first = fileJobStore(path);
  await Promise.all(["a", "b", "c"].map((identity) => first.save({ ...JOB, identity })));
  await first.remove({ room: "r", identity: "b" });

  const jobs = await fileJobStore(path).load();

  expect(jobs.map(({ identity }) => identity)).toEqual(["a", "c"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it.each(["", "{", "[1]", "null"])("takes %j for no jobs, and makes the file good again", async (text) => {
  writeFileSync(path, text);
  const store = fileJobStore(path);

  expect(await store.load()).toEqual([]);
  await store.save(JOB);
  expect(JSON.parse(readFileSync(path, "utf8"))).toHaveLength(1);
});

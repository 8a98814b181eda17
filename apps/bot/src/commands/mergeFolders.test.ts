import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { completeReport, readReport, readSamples, writeReport } from "../report/index.ts";
import { syntheticBots, syntheticRun, syntheticShard } from "../report/testing/syntheticSwarm.ts";
import { TINY_PNG } from "../report/testing/tinyPng.ts";
import { mergeFolders } from "./mergeFolders.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "swarm-merge-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

it("joins the reports of all shards, and what their browsers saw", async () => {
  const bots = syntheticBots([{ talks: true }, { talks: true }, {}, {}]);
  const folders = [1, 2].map((index) => join(folder, `shard-${index}`));
  for (const [index, shardFolder] of folders.entries()) {
    const part = bots.filter(({ number }) => number % 2 === index);
    const run = syntheticRun(part, { shards: [syntheticShard({ index: index + 1, count: 2 })] });
    await writeReport(shardFolder, completeReport(run), [{ bot: 3 - index, png: TINY_PNG }]);
  }
  const outDir = join(folder, "merged");

  await mergeFolders({ folders, outDir });

  expect((await readReport(outDir)).bots).toHaveLength(4);
  expect((await readSamples(outDir)).map(({ bot }) => bot)).toEqual([2, 3]);
});

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MAX_SAMPLE_BYTES } from "../../model.ts";
import { TINY_PNG } from "../testing/tinyPng.ts";
import { readSamples, writeSamples } from "./sampleFiles.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "swarm-samples-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("the samples of a run", () => {
  it("are read back as they were written, by number", async () => {
    await writeSamples(folder, [
      { bot: 12, png: TINY_PNG },
      { bot: 3, png: TINY_PNG },
    ]);

    expect((await readdir(folder)).toSorted()).toEqual(["bot-12.png", "bot-3.png"]);
    const samples = await readSamples(folder);
    expect(samples.map(({ bot, png }) => [bot, new Uint8Array(png)])).toEqual([
      [3, TINY_PNG],
      [12, TINY_PNG],
    ]);
  });

  it("take the place of those of an earlier run, and of nothing else", async () => {
    await writeSamples(folder, [{ bot: 1, png: TINY_PNG }]);
    await writeFile(join(folder, "notes.txt"), "mine");

    await writeSamples(folder, [{ bot: 2, png: TINY_PNG }]);

    expect((await readdir(folder)).toSorted()).toEqual(["bot-2.png", "notes.txt"]);
  });

  it("are only pictures of a sensible size", async () => {
    await writeFile(join(folder, "bot-1.png"), "<svg onload='alert(1)'>");
    await writeFile(join(folder, "bot-2.png"), Buffer.concat([TINY_PNG, Buffer.alloc(MAX_SAMPLE_BYTES)]));
    await writeFile(join(folder, "bot-x.png"), TINY_PNG);

    expect(await readSamples(folder)).toEqual([]);
    expect(await readSamples(join(folder, "nowhere"))).toEqual([]);
  });
});

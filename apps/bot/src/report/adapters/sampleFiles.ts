import { open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { type BotSample, MAX_SAMPLE_BYTES } from "../../model.ts";

const NAME = /^bot-(\d{1,6})\.png$/;
const PNG_SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
/** Of a folder that may come from elsewhere. */
const MAX_FILES = 64;

/** Writes `bot-12.png` and the like into the folder, in place of those that lie there. */
export async function writeSamples(folder: string, samples: readonly BotSample[]): Promise<void> {
  for (const { name } of await sampleFiles(folder)) await rm(join(folder, name));
  for (const { bot, png } of samples) await writeFile(join(folder, `bot-${bot}.png`), png);
}

/** Reads back what `writeSamples` wrote, by number. What is not a picture, or too large, is left out; so is a folder that is not there. */
export async function readSamples(folder: string): Promise<readonly BotSample[]> {
  const files = (await sampleFiles(folder)).slice(0, MAX_FILES);
  const read = await Promise.all(files.map(async ({ bot, name }) => ({ bot, png: await readPng(join(folder, name)) })));
  return read.flatMap(({ bot, png }) => (png ? [{ bot, png }] : []));
}

async function sampleFiles(folder: string): Promise<{ readonly bot: number; readonly name: string }[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.flatMap((name) => {
    const bot = NAME.exec(name)?.[1];
    return bot === undefined ? [] : [{ bot: Number(bot), name }];
  });
  return files.toSorted((a, b) => a.bot - b.bot);
}

async function readPng(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    if ((await file.stat()).size > MAX_SAMPLE_BYTES) return undefined;
    const bytes = await file.readFile();
    return bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE) ? bytes : undefined;
  } finally {
    await file.close();
  }
}

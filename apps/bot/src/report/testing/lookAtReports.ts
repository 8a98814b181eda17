/* Writes example reports and pictures of them: node --conditions=source testing/lookAtReports.ts FOLDER */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import type { BotSample } from "../../model.ts";
import { renderReport } from "../page/renderReport.ts";
import type { SwarmReport } from "../swarmReport.ts";
import { exampleReport } from "./exampleReports.ts";

const folder = process.argv[2] ?? "artifacts";
mkdirSync(folder, { recursive: true });

const examples = {
  "50-good": exampleReport({ people: 50, talkers: 8, cameras: 2, durationMs: 60_000, isBroken: false }),
  "50-broken": exampleReport({ people: 50, talkers: 8, cameras: 2, durationMs: 60_000, isBroken: true }),
  "200-good": exampleReport({ people: 200, talkers: 10, cameras: 4, durationMs: 300_000, isBroken: false }),
  "200-broken": exampleReport({ people: 200, talkers: 10, cameras: 4, durationMs: 300_000, isBroken: true }),
};

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  for (const [name, report] of Object.entries(examples)) await lookAt(name, report);
  const png = await screenOf(join(folder, "50-good.html"));
  const manySamples = [3, 7, 41].map((bot) => ({ bot, png }));
  await lookAt("50-good-1-sample", examples["50-good"], manySamples.slice(0, 1));
  await lookAt("50-good-3-samples", examples["50-good"], manySamples);
} finally {
  await browser.close();
}

/** Stands for what a browser bot saw. */
async function screenOf(file: string): Promise<Uint8Array> {
  const page = await browser.newPage({ viewport: { width: 800, height: 500 } });
  await page.goto(pathToFileURL(file).href);
  const png = await page.screenshot();
  await page.close();
  return png;
}

async function lookAt(name: string, report: SwarmReport, samples: readonly BotSample[] = []): Promise<void> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, renderReport(report, samples));
  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1280, 390]) await takePicture(file, { colorScheme, width });
  }
}

interface Look {
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

/** Says what a page must not do: ask for something, write to the console, be wider than the window. */
async function takePicture(file: string, { colorScheme, width }: Look): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme });
  page.on("console", (message) => console.log(file, message.text()));
  page.on("dialog", () => console.log(file, "runs a script from the report"));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) console.log(file, "asks for", request.url());
  });
  await page.goto(pathToFileURL(file).href);
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (tooWide > 0) console.log(file, "is too wide by", tooWide);
  await page.screenshot({ path: file.replace(".html", `-${width}-${colorScheme}.png`), fullPage: true });
  await page.close();
}

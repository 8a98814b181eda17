/**
 * Takes a picture of every page of the gallery and looks for barriers with axe.
 *
 *     node scripts/shots.ts [--out FOLDER] [--only VIEW,VIEW]
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type Page } from "playwright-core";
import { build, preview, type InlineConfig } from "vite";

import { preloadFont } from "../build/preloadFont.ts";

const SIZES = { "1280x800": { width: 1280, height: 800 }, "390x844": { width: 390, height: 844 } } as const;
const THEMES = ["dark", "light"] as const;
/** Longer than the delay of notes on tiles; the clock of the page is driven, not waited for. */
const SETTLED_MS = 4000;

const { values } = parseArgs({ options: { out: { type: "string" }, only: { type: "string" } } });
const root = fileURLToPath(new URL("..", import.meta.url));
const out = values.out ?? join(root, "dist/shots");

await mkdir(out, { recursive: true });
const gallery = {
  root,
  configFile: false,
  logLevel: "error" as const,
  resolve: { conditions: ["source"] },
} satisfies InlineConfig;
const outDir = join(root, "dist/gallery");
await build({
  ...gallery,
  plugins: [preloadFont()],
  build: { outDir, rolldownOptions: { input: join(root, "gallery.html") } },
});
const server = await preview({ ...gallery, build: { outDir }, preview: { port: 0, host: "127.0.0.1" } });
const origin = server.resolvedUrls?.local[0] ?? "";
const browser = await chromium.launch({
  ...(process.env["CHROMIUM_PATH"] ? { executablePath: process.env["CHROMIUM_PATH"] } : {}),
  args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});
let barriers = 0;
for (const [name, viewport] of Object.entries(SIZES))
  for (const theme of THEMES) barriers += await shootAll(browser, { name, viewport, theme });
await browser.close();
await server.close();
process.stdout.write(`${barriers} barriers found, pictures in ${out}\n`);
process.exitCode = barriers === 0 ? 0 : 1;

interface Look {
  readonly name: string;
  readonly viewport: { readonly width: number; readonly height: number };
  readonly theme: string;
}

async function shootAll(browser: Browser, look: Look): Promise<number> {
  const context = await browser.newContext({ viewport: look.viewport, reducedMotion: "reduce", bypassCSP: true });
  const page = await context.newPage();
  await page.goto(new URL("gallery.html", origin).href);
  await page.waitForSelector("li");
  const names = await page.locator("li").allTextContents();
  const wanted = values.only?.split(",") ?? names;
  let barriers = 0;
  for (const view of names.filter((name) => wanted.includes(name))) barriers += await shoot(page, look, view);
  await context.close();
  return barriers;
}

async function shoot(page: Page, look: Look, view: string): Promise<number> {
  await page.goto(new URL(`gallery.html?view=${view}&theme=${look.theme}`, origin).href);
  await page.evaluate(async (settledMs) => {
    await document.fonts.ready;
    const elements = (root: ParentNode): Element[] =>
      [...root.querySelectorAll("*")].flatMap((element) => [
        element,
        ...(element.shadowRoot ? elements(element.shadowRoot) : []),
      ]);
    const videos = elements(document).filter((element) => element instanceof HTMLVideoElement);
    await Promise.all(
      videos.map((video) => new Promise<void>((shown) => void video.requestVideoFrameCallback(() => shown()))),
    );
    for (const element of elements(document))
      for (const animation of element.getAnimations())
        if (animation.effect?.getComputedTiming().iterations === 1) animation.currentTime = settledMs;
  }, SETTLED_MS);
  await page.screenshot({ path: join(out, `${view}-${look.name}-${look.theme}.png`) });
  const { violations } = await new AxeBuilder({ page }).disableRules(["page-has-heading-one", "region"]).analyze();
  for (const { id, nodes } of violations)
    for (const node of nodes)
      process.stdout.write(
        `${view} ${look.name} ${look.theme}: ${id} ${String(node.target)} ${node.failureSummary?.replaceAll("\n", " ")}\n`,
      );
  return violations.length;
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium, type Page } from "playwright-core";

import { fakeCameraFile } from "./fakeCamera.ts";

export interface BenchPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** A Chromium process with an empty profile and a small fake camera. */
export async function openPage(): Promise<BenchPage> {
  const camera = await fakeCameraFile();
  const profile = await mkdtemp(join(tmpdir(), "conclave-bench-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    headless: true,
    // Without a GPU each repaint of a large page costs a core what it costs nobody else.
    viewport: { width: 640, height: 480 },
    permissions: ["camera", "microphone"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--mute-audio",
      "--autoplay-policy=no-user-gesture-required",
      "--allow-loopback-in-peer-connection",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${camera}`,
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    page,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

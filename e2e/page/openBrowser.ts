import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium, type BrowserContext, type Page } from "playwright-core";

import { fakeDevicesOf } from "../media/fakeDevices.ts";
import type { Person } from "../media/people.ts";
import { installObserver } from "./observer.ts";

export interface PersonBrowser {
  readonly person: Person;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Lines of the console and page errors, newest last; bounded. */
  readonly console: readonly string[];
  /** Ends the browser process as a crash would: nothing says goodbye. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenBrowserOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
}

const MAX_CONSOLE_LINES = 500;

/** Starts a Chromium process with a profile of its own, whose camera and microphone are the person's. */
export async function openBrowser(person: Person, options: OpenBrowserOptions = {}): Promise<PersonBrowser> {
  const devices = await fakeDevicesOf(person);
  const profile = await mkdtemp(join(tmpdir(), `conclave-${person.name.toLowerCase()}-`));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    headless: true,
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.colorScheme ?? "light",
    permissions: ["camera", "microphone"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--mute-audio",
      "--autoplay-policy=no-user-gesture-required",
      "--allow-loopback-in-peer-connection",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${devices.cameraFile}`,
      `--use-file-for-fake-audio-capture=${devices.microphoneFile}`,
    ],
  });
  await context.addInitScript(installObserver);
  const page = context.pages()[0] ?? (await context.newPage());
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
    if (lines.length > MAX_CONSOLE_LINES) lines.shift();
  };
  page.on("console", (message) => note(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => note(`page error: ${error.stack ?? error.message}`));
  const removeProfile = (): Promise<void> => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  return {
    person,
    page,
    context,
    console: lines,
    async kill() {
      const gone = new Promise((resolve) => context.once("close", resolve));
      await killProcessesOf(profile);
      await gone;
      await removeProfile();
    },
    async close() {
      await context.close();
      await removeProfile();
    },
  };
}

/** A persistent context does not tell its process: its profile folder, named on its command line, does. */
async function killProcessesOf(profile: string): Promise<void> {
  const { readdir, readFile } = await import("node:fs/promises");
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const commandLine = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(`--user-data-dir=${profile}`)) killQuietly(Number(entry));
  }
}

function killQuietly(processId: number): void {
  try {
    process.kill(processId, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium, type BrowserContext, type Page } from "playwright-core";

import { fakeDevicesOf, slugOf } from "../devices/fakeDevices.ts";
import type { Person } from "../devices/Person.ts";
import { observerScript } from "./page/scripts.ts";
import { killProcesses, passNicenessOn, processesWith } from "./processTree.ts";

export interface PersonBrowser {
  readonly person: Person;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Lines of the console and page errors, newest last; bounded. */
  readonly console: readonly string[];
  /** Ids of the browser's processes at this moment. */
  processes(): readonly number[];
  /** Ends the browser process as a crash would: nothing says goodbye. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenBrowserOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
  /** @default `CHROMIUM_PATH` of the environment, then where Debian puts it */
  readonly chromiumPath?: string;
  /** Run in each page before its own scripts. */
  readonly script?: string;
  /** False where the caller itself ends the browser when a signal ends the process. @default true */
  readonly endsWithProcess?: boolean;
  /** The caller's profile. @default a new one that ends with the browser */
  readonly profile?: Profile;
}

/** A folder that is made when it is first needed and outlives the browsers that use it, one after the other. */
export interface Profile {
  folder(): Promise<string>;
  remove(): Promise<void>;
}

const MAX_CONSOLE_LINES = 500;

/** Starts a Chromium process with a profile of its own, whose camera and microphone are the person's. */
export async function openBrowser(person: Person, options: OpenBrowserOptions = {}): Promise<PersonBrowser> {
  const { endsWithProcess = true } = options;
  const devices = await fakeDevicesOf(person);
  const profile = options.profile ?? createProfile(person);
  const folder = await profile.folder();
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: options.chromiumPath ?? process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    headless: true,
    viewport: options.viewport ?? { width: 1280, height: 800 },
    colorScheme: options.colorScheme ?? "light",
    permissions: ["camera", "microphone"],
    handleSIGINT: endsWithProcess,
    handleSIGTERM: endsWithProcess,
    handleSIGHUP: endsWithProcess,
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
  await context.addInitScript({ content: `(() => {${observerScript()}${options.script ?? ""}})();` });
  const page = context.pages()[0] ?? (await context.newPage());
  const processes = (): readonly number[] => processesWith(`--user-data-dir=${folder}`);
  passNicenessOn(processes);
  const removeProfile = async (): Promise<void> => {
    if (!options.profile) await profile.remove();
  };
  return {
    person,
    page,
    context,
    console: collectConsole(page),
    processes,
    async kill() {
      const ids = processes();
      const gone = ids.length > 0 ? new Promise((resolve) => context.once("close", resolve)) : undefined;
      killProcesses(ids);
      await gone;
      await removeProfile();
    },
    async close() {
      await context.close();
      await removeProfile();
    },
  };
}

export function createProfile(person: Person): Profile {
  let made: Promise<string> | undefined;
  return {
    folder: () => (made ??= mkdtemp(join(tmpdir(), `conclave-${slugOf(person.name)}-`))),
    async remove() {
      if (made) await rm(await made, { recursive: true, force: true, maxRetries: 5 });
      made = undefined;
    },
  };
}

function collectConsole(page: Page): readonly string[] {
  const lines: string[] = [];
  const note = (line: string): void => {
    lines.push(line);
    if (lines.length > MAX_CONSOLE_LINES) lines.shift();
  };
  page.on("console", (message) => note(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => note(`page error: ${error.stack ?? error.message}`));
  return lines;
}

import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

import { Remedy } from "./Remedy.mjs";
import { ensurePackages } from "./systemPackages.mjs";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const APPLICATIONS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A Chromium for tests: the environment's, an installed one, Playwright's own, or the system's package. */
export async function findChromium(say) {
  const found = installedChromium(process.env);
  if (found) return found;
  await ensurePackages("A Chromium for the tests", [{ name: "chromium", programs: ["chromium"] }], say);
  const installed = installedChromium(process.env);
  if (!installed) throw new Remedy("No Chromium was found: install one, or set CHROMIUM_PATH to its program.");
  return installed;
}

/** The path of a Chromium that is there already. */
export function installedChromium(environment, isThere = existsSync) {
  const chosen = environment.CHROMIUM_PATH;
  if (chosen) {
    if (isThere(chosen)) return chosen;
    throw new Remedy(`CHROMIUM_PATH names ${chosen}, which does not exist: correct or unset it.`);
  }
  const folders = (environment.PATH ?? "").split(delimiter).filter(Boolean);
  const candidates = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return [...candidates, ...APPLICATIONS, ...playwrightChromiums()].find((path) => isThere(path));
}

function playwrightChromiums() {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH || join(homedir(), ".cache", "ms-playwright");
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .toSorted()
    .toReversed()
    .flatMap((name) => ["chrome-linux", "chrome-linux64"].map((folder) => join(cache, name, folder, "chrome")));
}

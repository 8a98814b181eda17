import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { ROOT, TOOLS } from "./paths.mjs";

const STAMPS = join(TOOLS, "stamps");
const IGNORED_FOLDERS = new Set(["node_modules", "dist", ".git", "__screenshots__"]);

/** True if the step was completed for the same inputs before. */
export function isStamped(name, key) {
  try {
    return readFileSync(join(STAMPS, name), "utf8") === key;
  } catch {
    return false;
  }
}

/** Remembers that the step is complete; written whole or not at all. */
export function stamp(name, key) {
  mkdirSync(STAMPS, { recursive: true });
  const file = join(STAMPS, name);
  writeFileSync(`${file}.${process.pid}`, key);
  renameSync(`${file}.${process.pid}`, file);
}

/** Short hash of texts, in order. */
export function hashTexts(texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest("hex").slice(0, 16);
}

/** Short hash of names and contents of files and folders of the checkout; absent ones count as absent. */
export function hashFiles(paths) {
  const files = paths.flatMap((path) => listFiles(join(ROOT, path))).sort();
  return hashTexts(files.flatMap((file) => [relative(ROOT, file), readFileSync(file, "latin1")]));
}

function listFiles(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => !IGNORED_FOLDERS.has(name))
    .flatMap((name) => listFiles(join(path, name)));
}

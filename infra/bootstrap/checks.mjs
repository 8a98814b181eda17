import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./paths.mjs";

/** A check: its name in the table and the programs that it runs, all of which must succeed. */
export function listChecks() {
  const published = publishedPackages();
  return [
    { name: "format", commands: [["oxfmt", "--check", "."]] },
    { name: "lint", commands: [["oxlint", "--type-aware", "."]] },
    // Emits dist, which the packaging checks look at.
    { name: "types", commands: [["tsc", "-b"]] },
    { name: "boundaries", commands: [["turbo", "boundaries"]] },
    { name: "unused code", commands: [["knip", "--no-progress"]] },
    { name: "packaging", commands: published.map((folder) => ["publint", "--strict", "--pack", "npm", folder]) },
    {
      name: "types of packages",
      commands: published.map((folder) => ["attw", "--pack", folder, "--profile", "esm-only", "--format", "ascii"]),
    },
    { name: "size", commands: [["size-limit"]] },
  ];
}

/** Folders of the packages that are published. */
function publishedPackages() {
  return readdirSync(join(ROOT, "packages"))
    .map((name) => join("packages", name))
    .filter((folder) => existsSync(join(ROOT, folder, "package.json")))
    .filter((folder) => !JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")).private);
}

import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { browserChapters, chapters } from "../contract/chapters.ts";

const behaviours = [...chapters, ...browserChapters].flatMap(({ behaviours: each }) => each);
const document = readFileSync(new URL("../../../docs/sfu-compatibility.md", import.meta.url), "utf8");

describe("the contract", () => {
  it("holds at least 120 behaviours, each under a name of its own", () => {
    const names = behaviours.map(({ name }) => name);

    expect(names.length).toBeGreaterThanOrEqual(120);
    expect(new Set(names).size).toBe(names.length);
  });

  it("has every difference on purpose in docs/sfu-compatibility.md, and no other", () => {
    const table = /## Differences on purpose\n([\s\S]*?)\n## /.exec(document)?.[1] ?? "";
    const listed = [...table.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, name = ""]) => name);
    const rows = listed.filter((name) => !/^(-+|what LiveKit does)$/.test(name));

    expect(rows.toSorted()).toEqual(behaviours.flatMap(({ name, differs }) => (differs ? [name] : [])).toSorted());
  });

  it("says in docs/sfu-compatibility.md how many there are", () => {
    const differing = behaviours.filter(({ differs }) => differs).length;

    expect(document).toContain(`${behaviours.length} behaviours`);
    expect(document).toContain(`${differing} differ`);
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exampleReport } from "../testing/exampleReports.ts";
import { TINY_PNG } from "../testing/tinyPng.ts";
import { readReport, readSamples, writeReport } from "./writeReport.ts";

describe("writeReport", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "swarm-report-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("makes a folder that is read back as it was", async () => {
    const report = exampleReport({ people: 5, talkers: 2, cameras: 1, durationMs: 20_000, isBroken: false });
    await writeReport(join(folder, "run"), report);
    expect((await readdir(join(folder, "run"))).toSorted()).toEqual(["report.html", "report.json", "samples"]);
    expect(await readReport(join(folder, "run"))).toEqual(report);
  });

  it("keeps what browsers saw beside the report and in its page", async () => {
    const report = exampleReport({ people: 5, talkers: 2, cameras: 1, durationMs: 20_000, isBroken: false });
    const { html } = await writeReport(folder, report, [{ bot: 4, png: TINY_PNG }]);
    expect((await readSamples(folder)).map(({ bot }) => bot)).toEqual([4]);
    expect(await readFile(html, "utf8")).toContain("The call as bot 4 saw it");
  });

  it("says which folder holds no report, or a bad one", async () => {
    await expect(readReport(folder)).rejects.toMatchObject({
      code: "bad_report",
      message: `${folder}: there is no report.json that can be read.`,
    });
    await writeFile(join(folder, "report.json"), "[]");
    await expect(readReport(folder)).rejects.toMatchObject({
      code: "bad_report",
      message: `${folder}: The report is wrong: invalid input: expected object, received array.`,
    });
  });
});

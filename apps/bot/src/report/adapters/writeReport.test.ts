import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exampleReport } from "../testing/exampleReports.ts";
import { readReport, writeReport } from "./writeReport.ts";

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

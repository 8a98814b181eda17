import { mergeReports, readReport, readSamples, writeReport } from "../report/index.ts";
import { printVerdict } from "./printVerdict.ts";

/** Joins the folders of all shards of one run and judges the whole. */
export async function mergeFolders({
  folders,
  outDir,
}: {
  readonly folders: readonly string[];
  readonly outDir: string;
}): Promise<number> {
  const reports = await Promise.all(folders.map((folder) => readReport(folder)));
  const report = mergeReports(reports);
  const samples = await Promise.all(folders.map((folder) => readSamples(folder)));
  await writeReport(
    outDir,
    report,
    samples.flat().toSorted((a, b) => a.bot - b.bot),
  );
  return printVerdict(report, outDir);
}

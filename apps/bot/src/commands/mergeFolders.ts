import { mergeReports, readReport, writeReport } from "../report/index.ts";
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
  await writeReport(outDir, report);
  return printVerdict(report, outDir);
}

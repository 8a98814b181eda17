import { compareReports, formatComparison, readReport } from "../report/index.ts";

/** Prints what became better and worse from one run to another. */
export async function compareFolders({
  after,
  before,
}: {
  readonly before: string;
  readonly after: string;
}): Promise<number> {
  const [one, other] = await Promise.all([readReport(before), readReport(after)]);
  process.stdout.write(`${formatComparison(compareReports(one, other))}\n`);
  return 0;
}

import type { BotReport } from "../model.ts";

/**
 * What the bots saw until the end, with how they left. What the others still send while all go home at once, and under
 * which keys, says nothing of the call.
 */
export function endReports(atEnd: readonly BotReport[], afterLeaving: readonly BotReport[]): readonly BotReport[] {
  const left = new Map(afterLeaving.map((report) => [report.number, report]));
  return atEnd.map((report) => {
    const { stays, findings } = left.get(report.number) ?? report;
    return { ...report, stays, findings };
  });
}

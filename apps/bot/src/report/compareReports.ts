import { METRICS, type MetricValue } from "../scenario/metrics.ts";
import { ReportError } from "./errors.ts";
import { comparePlans, type PlanComparison } from "./comparePlans.ts";
import { quantile } from "./quantiles.ts";
import type { SwarmReport } from "./swarmReport.ts";
import { formatValue } from "./words.ts";

/** Less than this share of a change is noise, unless told otherwise: runs on one machine differ by as much. */
export const DEFAULT_TOLERANCE = 0.1;

export type Change = "better" | "worse" | "same" | "unmeasured";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** One number of one metric in both. */
export interface Compared {
  /** `first-frame.p95`, `pairs`. */
  readonly name: string;
  readonly unit: MetricValue["unit"];
  readonly a?: Spread;
  readonly b?: Spread;
  /** Median of b to median of a; `undefined` where a is 0 or one was not measured. */
  readonly ratio?: number;
  readonly change: Change;
}

export interface Comparison extends PlanComparison {
  readonly rows: readonly Compared[];
}

/**
 * Compares a run with another, or several of one kind with several of the other: medians, spread, and what got worse by the metric's own
 * direction. A change is told as one only if it exceeds the tolerance and the spreads do not overlap.
 *
 * @throws {ReportError} `nothing_to_compare`
 */
export function compareReports(
  one: SwarmReport | readonly SwarmReport[],
  other: SwarmReport | readonly SwarmReport[],
  tolerance: number = DEFAULT_TOLERANCE,
): Comparison {
  const [a, b] = [[one].flat(), [other].flat()];
  const [firstA] = a;
  const [firstB] = b;
  if (firstA === undefined || firstB === undefined) {
    throw new ReportError("nothing_to_compare", "A comparison needs at least one report of each side.");
  }
  const rows = METRICS.flatMap((metric) => {
    const stats = metric.isDistribution ? (["p50", "p95", "max"] as const) : (["value"] as const);
    return stats.map((stat) => {
      const name = stat === "value" ? metric.id : `${metric.id}.${stat}`;
      const pick = (report: SwarmReport): number | undefined => report.metrics[metric.id]?.[stat];
      return compareNumber({ name, unit: metric.unit, better: metric.better }, [a.map(pick), b.map(pick)], tolerance);
    });
  });
  return { rows: rows.filter((row) => row.a !== undefined || row.b !== undefined), ...comparePlans(firstA, firstB) };
}

interface Named {
  readonly name: string;
  readonly unit: MetricValue["unit"];
  readonly better: "lower" | "higher";
}

type Values = readonly (number | undefined)[];

function compareNumber(
  { name, unit, better }: Named,
  [left, right]: readonly [Values, Values],
  tolerance: number,
): Compared {
  const [a, b] = [spreadOf(left), spreadOf(right)];
  if (a === undefined || b === undefined) return { name, unit, ...(a && { a }), ...(b && { b }), change: "unmeasured" };
  const isApart = a.max < b.min || b.max < a.min;
  // Of counts that should be 0, and of shares that should be whole, any change is one.
  const room = unit === "count" || (unit === "share" && better === "higher") ? 0 : tolerance * Math.abs(a.median);
  const isChanged = isApart && Math.abs(b.median - a.median) > room;
  const isBetter = better === "higher" ? b.median > a.median : b.median < a.median;
  return {
    name,
    unit,
    a,
    b,
    ...(a.median === 0 ? {} : { ratio: b.median / a.median }),
    change: isChanged ? (isBetter ? "better" : "worse") : "same",
  };
}

function spreadOf(values: Values): Spread | undefined {
  const measured = values.filter((value) => value !== undefined);
  const median = quantile(measured, 0.5);
  if (median === undefined) return undefined;
  return { median, min: Math.min(...measured), max: Math.max(...measured), runs: measured.length };
}

/** The comparison as lines for a terminal: what got worse first. */
export function formatComparison({ rows, planSentence }: Comparison): string {
  const order: readonly Change[] = ["worse", "better", "same", "unmeasured"];
  const sorted = rows.toSorted((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
  const cells = [
    ["metric", "a", "b", "b / a", ""],
    ...sorted.map((row) => [
      row.name,
      showSpread(row.a, row.unit),
      showSpread(row.b, row.unit),
      showRatio(row.ratio),
      row.change === "same" ? "" : row.change,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  const worse = rows.filter(({ change }) => change === "worse").length;
  const better = rows.filter(({ change }) => change === "better").length;
  return [planSentence, "", ...lines, "", `${worse} got worse, ${better} got better.`].join("\n");
}

export function showSpread(spread: Spread | undefined, unit: MetricValue["unit"]): string {
  if (spread === undefined) return "not measured";
  const median = formatValue(spread.median, unit);
  return spread.runs === 1
    ? median
    : `${median} (${formatValue(spread.min, unit)} to ${formatValue(spread.max, unit)}, ${spread.runs} runs)`;
}

export function showRatio(ratio: number | undefined): string {
  return ratio === undefined ? "–" : ratio.toFixed(2);
}

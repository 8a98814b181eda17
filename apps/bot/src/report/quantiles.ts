import type { MetricUnit, MetricValue } from "../scenario/metrics.ts";

/** The smallest value that at least that share of all values do not exceed (nearest rank); `undefined` of nothing. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Median, 95th percentile, maximum and count; of nothing only the count. */
export function distribution(values: readonly number[], unit: MetricUnit): MetricValue {
  const [p50, p95, max] = [quantile(values, 0.5), quantile(values, 0.95), quantile(values, 1)];
  if (p50 === undefined || p95 === undefined || max === undefined) return { count: 0, unit };
  return { p50, p95, max, count: values.length, unit };
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The greatest value, or 0 of nothing; unlike `Math.max(...values)` of any number of them. */
export function highest(values: readonly number[]): number {
  let found = values[0] ?? 0;
  for (const value of values) if (value > found) found = value;
  return found;
}

import { metricOf, METRIC_STATS, METRICS } from "./metrics.ts";
import type { MetricId, MetricStat, MetricUnit, MetricValue } from "./metrics.ts";
import { own, showDuration, splitQuantity, trim } from "./units.ts";

const OPERATORS = ["<=", ">=", "<", ">", "="] as const;
type Operator = (typeof OPERATORS)[number];

/** What must be true of one metric after the run. */
export interface Expectation {
  readonly metric: MetricId;
  /** `value` for metrics that are one number. */
  readonly stat: MetricStat | "value";
  readonly operator: Operator;
  /** In the unit of the metric; `.count` has none. */
  readonly bound: number;
  readonly unit: MetricUnit;
  /** As it was written, without spaces. */
  readonly text: string;
}

/** Either the expectation, or a sentence's predicate that says what is wrong with it. */
export type ParsedExpectation =
  | { readonly isSound: true; readonly expectation: Expectation }
  | { readonly isSound: false; readonly fault: string };

/** How a measurement stands to an expectation. */
export interface Verdict {
  readonly isHeld: boolean;
  /** One sentence with both numbers. */
  readonly shown: string;
}

const MS_FACTORS = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, min: 60_000 };
const FACTORS: Readonly<Record<MetricUnit, Readonly<Record<string, number>>>> = {
  ms: MS_FACTORS,
  us: { us: 1, µs: 1, ms: 1000, s: 1_000_000 },
  count: { "": 1 },
  share: { "%": 0.01 },
  bytes: { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
};
const EXAMPLES: Readonly<Record<MetricUnit, string>> = {
  ms: "2s",
  us: "50us",
  count: "0",
  share: "99.5%",
  bytes: "2GB",
};

/** Reads `metric[.stat] operator value[unit]`, such as `first-frame.p95<2s`. 0 needs no unit. */
export function parseExpectation(text: string): ParsedExpectation {
  const [, id = "", stat, operator, bound = ""] =
    /^([\w-]+)(?:\.([\w-]+))?(<=|>=|<|>|=)(.+)$/.exec(text.replaceAll(/\s/g, "")) ?? [];
  if (!operator) return fault(`must be like first-frame.p95<2s or undecryptable=0, not "${text}".`);
  const metric = metricOf(id);
  if (!metric) return fault(`names no metric "${id}"; known are ${METRICS.map((known) => known.id).join(", ")}.`);
  const wrongStat = findWrongStat(metric, stat);
  if (wrongStat) return fault(wrongStat);
  const unit = stat === "count" ? "count" : metric.unit;
  const value = parseBound(bound, unit);
  if (value === undefined)
    return fault(`must compare ${id} with a value such as ${EXAMPLES[unit]}, not with "${bound}".`);
  return {
    isSound: true,
    expectation: {
      metric: metric.id,
      stat: (stat ?? "value") as Expectation["stat"],
      operator: operator as Operator,
      bound: value,
      unit,
      text: text.replaceAll(/\s/g, ""),
    },
  };
}

/** Judges one expectation. What was not measured is not held. */
export function judge(expectation: Expectation, metrics: Readonly<Record<string, MetricValue>>): Verdict {
  const { metric, stat, operator, bound, unit } = expectation;
  const name = stat === "value" ? metric : `${metric}.${stat}`;
  const measured = Object.hasOwn(metrics, metric) ? metrics[metric]?.[stat] : undefined;
  const wanted = `${operator} ${showValue(bound, unit)}`;
  if (measured === undefined || Number.isNaN(measured)) {
    return { isHeld: false, shown: `${name} was not measured; expected is ${wanted}.` };
  }
  return {
    isHeld: compare(measured, operator, bound),
    shown: `${name} is ${showValue(measured, unit)}; expected is ${wanted}.`,
  };
}

/** A number with its unit, for a person; the same in every locale. */
export function showValue(value: number, unit: MetricUnit): string {
  switch (unit) {
    case "ms":
      return showDuration(value);
    case "us":
      return `${trim(value)} µs`;
    case "count":
      return trim(value);
    case "share":
      return `${showPercent(value)} %`;
    default:
      return value < 1e6 ? `${trim(value / 1e3)} kB` : `${trim(value / 1e6)} MB`;
  }
}

/** 99.99996 % is not shown as 100 %: what is not whole must not look whole. */
function showPercent(share: number): string {
  const shown = trim(share * 100);
  return shown === "100" && share < 1 ? "99.999…" : shown;
}

function findWrongStat(metric: (typeof METRICS)[number], stat: string | undefined): string | undefined {
  if (!metric.isDistribution) {
    return stat === undefined ? undefined : `must name ${metric.id} without .${stat}, because it is one number.`;
  }
  if (METRIC_STATS.some((known) => known === stat)) return undefined;
  const choices = METRIC_STATS.map((known) => `${metric.id}.${known}`).join(", ");
  return `must say which number of ${metric.id} is meant: ${choices}.`;
}

function parseBound(text: string, unit: MetricUnit): number | undefined {
  const parts = splitQuantity(text);
  if (!parts) return undefined;
  if (parts.amount === 0 && parts.unit === "") return 0;
  const factor = own(FACTORS[unit], parts.unit);
  if (factor === undefined) return undefined;
  // As decimal, because 99.9 / 100 is not 0.999 in binary.
  return unit === "share" ? Number(text.replace("%", "e-2")) : parts.amount * factor;
}

function compare(measured: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case "<":
      return measured < bound;
    case "<=":
      return measured <= bound;
    case ">":
      return measured > bound;
    case ">=":
      return measured >= bound;
    default:
      return measured === bound;
  }
}

function fault(predicate: string): ParsedExpectation {
  return { isSound: false, fault: predicate };
}

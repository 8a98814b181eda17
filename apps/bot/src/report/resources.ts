import { groupBy } from "./groupBy.ts";
import { sum } from "./quantiles.ts";
import type { ResourceSample } from "./swarmReport.ts";

/** One part on one machine over time. */
export interface ResourceSeries {
  readonly part: string;
  readonly shard?: number;
  /** In time order. */
  readonly samples: readonly ResourceSample[];
}

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

/** Parts in the order of their names, each machine's apart. */
export function toSeries(samples: readonly ResourceSample[]): ResourceSeries[] {
  const groups = groupBy(samples, ({ part, shard }) => `${part} ${shard ?? ""}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const inOrder = group.toSorted((a, b) => a.atMs - b.atMs);
      return [{ part: first.part, ...(first.shard === undefined ? {} : { shard: first.shard }), samples: inOrder }];
    })
    .toSorted((a, b) => a.part.localeCompare(b.part, "en") || (a.shard ?? 0) - (b.shard ?? 0));
}

/** Share of one core between each two samples, at the later one's instant. A part that was restarted begins anew. */
export function coreShares({ samples }: ResourceSeries): Point[] {
  return samples.flatMap((sample, index) => {
    const before = samples[index - 1];
    if (before === undefined || sample.atMs <= before.atMs || sample.cpuMs < before.cpuMs) return [];
    return [{ atMs: sample.atMs, value: (sample.cpuMs - before.cpuMs) / (sample.atMs - before.atMs) }];
  });
}

/** Memory of all parts together at each instant at which one was looked at, once all have been. */
export function totalMemory(series: readonly ResourceSeries[]): number[] {
  const latest = new Map<ResourceSeries, number>();
  const events = series.flatMap((one) => one.samples.map((sample) => ({ one, sample })));
  const instants = groupBy(
    events.toSorted((a, b) => a.sample.atMs - b.sample.atMs),
    ({ sample }) => sample.atMs,
  );
  return [...instants.values()].flatMap((atOnce) => {
    for (const { one, sample } of atOnce) latest.set(one, sample.rssBytes);
    return latest.size === series.length ? [sum(latest.values())] : [];
  });
}

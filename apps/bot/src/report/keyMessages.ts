import type { BotReport } from "../model.ts";
import type { MetricValue } from "../scenario/metrics.ts";
import { groupBy } from "./groupBy.ts";
import { distribution, sum } from "./quantiles.ts";
import { spanOfStay } from "./spans.ts";
import type { SwarmReport } from "./swarmReport.ts";

type KeySamples = NonNullable<SwarmReport["keyMessages"]>;

interface Total {
  readonly atMs: number;
  readonly sent: number;
}

/** Instants at which who is in the call changed, in order. */
export function membershipChanges(bots: readonly BotReport[], endMs: number): number[] {
  const instants = bots.flatMap((bot) =>
    bot.stays.flatMap((stay) => {
      const span = spanOfStay(bot, stay, endMs);
      if (span === undefined) return [];
      return span.toMs < endMs ? [span.fromMs, span.toMs] : [span.fromMs];
    }),
  );
  return instants.toSorted((a, b) => a - b);
}

/**
 * Key messages for one change of who is in the call. With samples over time, those sent from one change to the next;
 * changes between the same two samples share them evenly. Without samples only the mean is known: `value`.
 */
export function keyMessagesPerChange(
  bots: readonly BotReport[],
  endMs: number,
  samples: KeySamples | undefined,
): MetricValue {
  const changes = membershipChanges(bots, endMs);
  if (samples === undefined || samples.length < 2) {
    const value = sum(bots.map(({ keys }) => keys.sent)) / changes.length;
    return changes.length === 0 ? { count: 0, unit: "count" } : { value, count: changes.length, unit: "count" };
  }
  const perChange = attribute(changes, totals(samples));
  return { ...distribution(perChange, "count"), unit: "count" };
}

/** The sum over all machines after each sample. */
function totals(samples: KeySamples): Total[] {
  const latest = new Map<number, number>();
  return samples
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, sent, shard }) => {
      latest.set(shard ?? 0, sent);
      return { atMs, sent: sum(latest.values()) };
    });
}

function attribute(changes: readonly number[], steps: readonly Total[]): number[] {
  // A change belongs to the first sample after it; what is sent up to the next sample with changes is its doing.
  const groups = groupBy(changes, (changeMs) => steps.findIndex(({ atMs }) => atMs >= changeMs));
  groups.delete(-1);
  const starts = [...groups.keys()].toSorted((a, b) => a - b);
  return starts.flatMap((start, index) => {
    const count = groups.get(start)?.length ?? 0;
    const before = steps[start - 1]?.sent ?? 0;
    const next = starts[index + 1];
    const after = (next === undefined ? steps.at(-1) : steps[next - 1])?.sent ?? before;
    return Array.from({ length: count }, () => (after - before) / count);
  });
}

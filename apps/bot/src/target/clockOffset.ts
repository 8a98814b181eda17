/** One look at another clock, all instants in ms since 1970. */
export interface ClockSample {
  /** By this machine's clock. */
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  /** By the other clock, somewhen in between, rounded down to a multiple of `granularityMs`. */
  readonly serverAtMs: number;
  readonly granularityMs: number;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface ClockOffset {
  /** Milliseconds that the other clock is ahead. */
  readonly offsetMs: number;
  /** The true offset is at most this far away, unless a clock was set in between. */
  readonly uncertaintyMs: number;
}

/**
 * Narrows down by how much another clock is ahead. Each sample bounds it from both sides; the bounds of all of them
 * together are narrower than those of the quickest one. If they contradict each other, because a clock was set in
 * between, the narrowest sample alone counts.
 */
export function clockOffset(samples: readonly ClockSample[]): ClockOffset | undefined {
  const bounds = samples.map(boundsOf);
  const [first] = bounds.toSorted((a, b) => widthOf(a) - widthOf(b));
  if (!first) return undefined;
  const all: Bounds = {
    low: Math.max(...bounds.map(({ low }) => low)),
    high: Math.min(...bounds.map(({ high }) => high)),
  };
  const best = all.low <= all.high ? all : first;
  return { offsetMs: (best.low + best.high) / 2, uncertaintyMs: widthOf(best) / 2 };
}

function boundsOf({ sentAtMs, receivedAtMs, serverAtMs, granularityMs }: ClockSample): Bounds {
  return { low: serverAtMs - receivedAtMs, high: serverAtMs + granularityMs - sentAtMs };
}

function widthOf({ low, high }: Bounds): number {
  return high - low;
}

/** One line of a benchmark. Times in ms or µs, bytes as counted on the wire; `unit` says which. */
export interface Result {
  readonly metric: string;
  readonly unit: string;
  readonly ours: number;
  /** The other implementation in the same run, where there is one. */
  readonly peer?: number;
  /** The physical floor in the same run, where there is one. */
  readonly floor?: number;
  /** `ours` against the floor, else against the peer. */
  readonly ratio?: number;
  /** What must hold: of `ratio` where `limitOf` says so, else of `ours`. */
  readonly limit?: number;
  readonly limitOf?: "ratio" | "ours";
}

/** What one benchmark found. `faults` make the run invalid (a receiver that dropped, a sample that is missing). */
export interface Run {
  readonly results: readonly Result[];
  /** Raw samples by name, in the order they were taken. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly faults: readonly string[];
}

/** True if the line has no limit or keeps it. */
export function isWithinLimit(result: Result): boolean {
  if (result.limit === undefined) return true;
  const value = result.limitOf === "ratio" ? result.ratio : result.ours;
  return value !== undefined && value <= result.limit;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** Nearest rank; `NaN` of nothing. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

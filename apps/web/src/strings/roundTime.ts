const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export interface RoundTime {
  readonly count: number;
  readonly unit: "minute" | "hour" | "day";
}

/** A span of time as one would say it, in the largest unit that it fills; its sign is left out. */
export function roundTime(spanMs: number): RoundTime {
  const lengthMs = Math.abs(spanMs);
  if (lengthMs < HOUR_MS) return { count: Math.max(1, Math.round(lengthMs / MINUTE_MS)), unit: "minute" };
  if (lengthMs < DAY_MS) return { count: Math.round(lengthMs / HOUR_MS), unit: "hour" };
  return { count: Math.round(lengthMs / DAY_MS), unit: "day" };
}

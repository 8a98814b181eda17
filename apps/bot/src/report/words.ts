import type { MediaKind } from "@conclave/frame-crypto";

import type { MetricUnit } from "../scenario/metrics.ts";

const NUMBER = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const LISTED_BOTS = 6;
const SECOND_MS = 1000;

export function formatCount(value: number): string {
  return WHOLE.format(value);
}

/** `1 bot`, `2 bots`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Milliseconds below one second, else seconds. */
export function formatDuration(durationMs: number): string {
  return Math.abs(durationMs) < SECOND_MS
    ? `${WHOLE.format(durationMs)} ms`
    : `${NUMBER.format(durationMs / SECOND_MS)} s`;
}

/** Never rounds a share below 1 up to 100 %, nor one above 0 down to 0 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return "less than 0.1 %";
  if (percent < 100 && percent > 99.9) return "more than 99.9 %";
  return `${NUMBER.format(percent)} %`;
}

/** `bot 3`, `bots 3 and 4`, `bots 3, 4, 5 and 40 more`. */
export function nameBots(numbers: readonly number[]): string {
  const sorted = [...numbers].toSorted((a, b) => a - b);
  const listed = sorted.length > LISTED_BOTS ? sorted.slice(0, LISTED_BOTS - 1).map(String) : sorted.map(String);
  const rest = sorted.length - listed.length;
  if (rest > 0) listed.push(`${formatCount(rest)} more`);
  return `${sorted.length === 1 ? "bot" : "bots"} ${joinWords(listed)}`;
}

export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

export function nameKinds(kinds: Iterable<MediaKind>): string {
  const set = new Set(kinds);
  if (set.size === 2) return "sound and picture";
  return set.has("video") ? "picture" : "sound";
}

export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${WHOLE.format(bytes / 1e3)} kB`;
  return bytes >= 1e9 ? `${NUMBER.format(bytes / 1e9)} GB` : `${WHOLE.format(bytes / 1e6)} MB`;
}

/** A metric's number for a page: as many digits as a person reads. */
export function formatValue(value: number, unit: MetricUnit): string {
  switch (unit) {
    case "ms":
      return formatDuration(value);
    case "us":
      return `${NUMBER.format(value)} µs`;
    case "share":
      return formatShare(value);
    case "bytes":
      return formatBytes(value);
    case "count":
    default:
      return NUMBER.format(value);
  }
}

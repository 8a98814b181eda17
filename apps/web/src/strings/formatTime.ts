import { strings } from "./strings.ts";

/** A running time like 12:31 or 1:02:03. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** Time of day. */
export function formatTimeOfDay(atMs: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(atMs);
}

const DAY_MS = 86_400_000;

/** "today", "yesterday", a week day, or a date. */
export function formatDay(atMs: number, nowMs: number): string {
  const days = Math.round((startOfDay(nowMs) - startOfDay(atMs)) / DAY_MS);
  if (days <= 1)
    return new Intl.RelativeTimeFormat(strings.language, { numeric: "auto" }).format(-Math.max(0, days), "day");
  if (days < 7) return new Intl.DateTimeFormat(strings.language, { weekday: "long" }).format(atMs);
  return new Intl.DateTimeFormat(strings.language, { dateStyle: "medium" }).format(atMs);
}

function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

const MS_OF_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
const BYTES_OF_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
const SECONDS_OF_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600 };

/** Splits `2.5s` into 2.5 and `s`; signs and exponents are not numbers here. */
export function splitQuantity(text: string): { readonly amount: number; readonly unit: string } | undefined {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,9})?)\s?([^\d\s.]*)$/.exec(text.trim()) ?? [];
  return digits === undefined || unit === undefined ? undefined : { amount: Number(digits), unit };
}

/** `500ms`, `60s`, `5m`, `1h` in whole milliseconds; `undefined` for anything else, a number without unit too. */
export function parseDurationMs(raw: unknown): number | undefined {
  return inUnits(raw, MS_OF_UNIT);
}

/** `20GB`, `500 MiB` in bytes; `undefined` for anything else. */
export function parseBytes(raw: unknown): number | undefined {
  return inUnits(raw, BYTES_OF_UNIT);
}

/** `2/s`, `30/min` as so many in a second; `undefined` for anything else. */
export function parseRatePerSecond(raw: unknown): number | undefined {
  const [, amount, unit] =
    /^(\d{1,9}(?:\.\d{1,9})?)\s?\/\s?([a-z]+)$/.exec(typeof raw === "string" ? raw.trim() : "") ?? [];
  const seconds = own(SECONDS_OF_UNIT, unit);
  return seconds === undefined ? undefined : Number(amount) / seconds;
}

/** `20%` or `0.2` as 0.2; `undefined` for anything else and for what is not in 0..1. */
export function parseShare(raw: unknown): number | undefined {
  const parts = typeof raw === "string" ? splitQuantity(raw) : undefined;
  const share = parts?.unit === "%" ? parts.amount / 100 : raw;
  return typeof share === "number" && share >= 0 && share <= 1 ? share : undefined;
}

/** Whole milliseconds as a person says them: `1.5 s`, `12 min`. */
export function showDuration(durationMs: number): string {
  if (durationMs < 1000) return `${trim(durationMs)} ms`;
  if (durationMs < 120_000) return `${trim(durationMs / 1000)} s`;
  return `${trim(durationMs / 60_000)} min`;
}

/** Up to three digits after the point, none that is needless; the same in every locale. */
export function trim(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** The unit's factor, never something that every object has (`constructor`). */
export function own(factors: Readonly<Record<string, number>>, unit: string | undefined): number | undefined {
  return unit !== undefined && Object.hasOwn(factors, unit) ? factors[unit] : undefined;
}

function inUnits(raw: unknown, factors: Readonly<Record<string, number>>): number | undefined {
  const parts = typeof raw === "string" ? splitQuantity(raw) : undefined;
  const factor = own(factors, parts?.unit);
  return parts === undefined || factor === undefined ? undefined : Math.round(parts.amount * factor);
}

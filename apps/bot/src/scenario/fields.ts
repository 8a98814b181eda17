import * as z from "zod";

import { parseBytes, parseDurationMs, parseRatePerSecond, parseShare, showDuration } from "./units.ts";

const MAX_SHOWN = 60;
const MAX_DURATION_MS = 24 * 3_600_000;
const MAX_RATE = 1000;

/**
 * A value that `parse` understands. The message of what it does not understand is a sentence's predicate: whoever
 * shows it puts the place in front.
 */
export function field<T>(wanted: string, parse: (raw: unknown) => T | undefined) {
  return z.unknown().transform((raw, context): T => {
    const value = parse(raw);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: describe(wanted, raw) });
    return z.NEVER;
  });
}

/** A mapping with these keys and no others. */
export function mapping<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `is not known; known here: ${Object.keys(shape).join(", ")}.`
        : describe(`a mapping with keys of ${Object.keys(shape).join(", ")}`, issue.input),
  });
}

/** One of these words. */
export function word<const Word extends string>(words: readonly Word[]) {
  return field(`one of ${words.join(", ")}`, (raw) => words.find((known) => known === raw));
}

export function wholeNumber(min: number, max: number) {
  return field(`a whole number from ${min} to ${max}`, (raw) =>
    typeof raw === "number" && Number.isInteger(raw) && raw >= min && raw <= max ? raw : undefined,
  );
}

export function numberBetween(min: number, max: number) {
  return field(`a number from ${min} to ${max}`, (raw) =>
    typeof raw === "number" && raw >= min && raw <= max ? raw : undefined,
  );
}

/** @param minMs the shortest that makes sense */
export function duration(minMs: number) {
  const wanted =
    minMs === 0
      ? "a time such as 200ms, from 0s to 24 h"
      : `a time such as 90s or 5m, from ${showDuration(minMs)} to 24 h`;
  return field(wanted, (raw) => {
    const durationMs = parseDurationMs(raw);
    return durationMs !== undefined && durationMs >= minMs && durationMs <= MAX_DURATION_MS ? durationMs : undefined;
  });
}

/** @param example how a rate looks here */
export function ratePerSecond(example: string) {
  return field(`a rate such as ${example}, above 0 and up to ${MAX_RATE}/s`, (raw) => {
    const rate = parseRatePerSecond(raw);
    return rate !== undefined && rate > 0 && rate <= MAX_RATE ? rate : undefined;
  });
}

/** @param isZeroAllowed false where a share of nothing makes no sense */
export function share(isZeroAllowed: boolean) {
  return field(`a share such as 20%, ${isZeroAllowed ? "from 0%" : "above 0%"} to 100%`, (raw) => {
    const parsed = parseShare(raw);
    return parsed === 0 && !isZeroAllowed ? undefined : parsed;
  });
}

export function byteSize() {
  return field("a size such as 500MB or 20GB, above 0", (raw) => parseBytes(raw) || undefined);
}

function describe(wanted: string, raw: unknown): string {
  if (raw === undefined) return `is missing; it must be ${wanted}.`;
  return `must be ${wanted}, not ${shown(raw)}.`;
}

function shown(raw: unknown): string {
  if (raw === null) return "empty";
  if (Array.isArray(raw)) return "a list";
  if (typeof raw === "object") return "a mapping";
  const text = typeof raw === "number" ? String(raw) : (JSON.stringify(raw) ?? typeof raw);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

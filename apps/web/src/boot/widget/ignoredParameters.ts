import { languageOf } from "../../strings/language.ts";
import { isServerUrl } from "../appConfig.ts";
import { headerOf, isFontName } from "../lookParameters.ts";
import { readRinging } from "../ringingParameters.ts";
import { isIntent } from "./intents.ts";

const isMeant =
  (...words: readonly string[]) =>
  (value: string): boolean =>
    words.includes(value);
const isMatch =
  (pattern: RegExp) =>
  (value: string): boolean =>
    pattern.test(value);

/** What can be wrong with a value. A flag cannot: whatever is not `false` is true. */
const CHECKS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ["baseUrl", isServerUrl],
  ["font", isFontName],
  ["fontScale", isMatch(/^\d*\.?\d+$/)],
  ["header", (value) => headerOf(value) !== undefined],
  ["intent", isIntent],
  ["lang", (value) => languageOf(value) !== "en" || /^en\b/i.test(value)],
  ["ringSeconds", (value) => readRinging(new URLSearchParams({ ringSeconds: value })).ringSeconds !== undefined],
  ["sendNotificationType", isMeant("ring", "notification")],
  ["theme", isMatch(/^(light|dark)(-high-contrast)?$/)],
]);

/** Names of parameters whose values mean nothing here, so that whoever builds the address can be told. */
export function listIgnored(parameters: URLSearchParams): readonly string[] {
  const names = new Set(parameters.keys());
  return [...CHECKS].flatMap(([name, isUnderstood]) =>
    names.has(name) && !parameters.getAll(name).every(isUnderstood) ? [name] : [],
  );
}

/** A parsed JSON object whose fields have not been looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 60;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text at `key`, or `undefined` if there is none or it is of another type. */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

/**
 * Finds what canonical JSON cannot carry: fractions, integers beyond 2^53 - 1, and deep nesting.
 *
 * @returns the path of the first fault, or `undefined`
 * @see Matrix specification, appendix "Canonical JSON"
 */
export function findNonCanonical(value: unknown, path = "content", depth = 0): string | undefined {
  if (depth > MAX_DEPTH) return path;
  if (typeof value === "number") return Number.isSafeInteger(value) ? undefined : path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, entry] of Object.entries(value)) {
    const fault = findNonCanonical(entry, `${path}.${key}`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Text with sorted keys, so that equal objects give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    isObject(entry) ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))) : entry,
  );
}

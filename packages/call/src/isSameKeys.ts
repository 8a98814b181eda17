/** A set, or a map of which the keys count. */
interface Keyed {
  readonly size: number;
  has(key: string): boolean;
  keys(): Iterable<string>;
}

/** Whether both hold the same keys, in whatever order. */
export function isSameKeys(a: Keyed, b: Keyed): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}

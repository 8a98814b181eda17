import type { Sample } from "./exposition.ts";

/** Combinations of labels that one counter keeps; more are not counted, so that nobody can fill memory with names. */
const MAX_SERIES = 500;

/** A counter by labels. */
export class Counts {
  readonly #byLabels = new Map<string, number>();

  add(labels: Readonly<Record<string, string>>, count = 1): void {
    const key = JSON.stringify(labels);
    const before = this.#byLabels.get(key);
    if (before === undefined && this.#byLabels.size >= MAX_SERIES) return;
    this.#byLabels.set(key, (before ?? 0) + count);
  }

  get samples(): readonly Sample[] {
    return [...this.#byLabels].map(([key, value]) => ({ labels: JSON.parse(key) as Record<string, string>, value }));
  }
}

import type { DecryptCounts, TransformReport } from "@conclave/frame-crypto";

/** Transforms that are told apart; of those before, every report counts as the first. */
const MAX_TRANSFORMS = 1_024;

/** Tells from reports which tracks have had frames that no key of ours opens, since their report before. */
export class UndecryptableFrames {
  readonly #counts = new Map<string, number>();

  /** Whether there are new ones. */
  note({ counts, direction, transformId }: TransformReport): boolean {
    if (direction !== "receive") return false;
    const { missing_key: missing = 0, auth_failed: failed = 0 } = counts as Partial<DecryptCounts>;
    const count = missing + failed;
    const before = this.#counts.get(transformId) ?? 0;
    this.#counts.delete(transformId);
    this.#counts.set(transformId, count);
    const [oldest] = this.#counts.keys();
    if (oldest !== undefined && this.#counts.size > MAX_TRANSFORMS) this.#counts.delete(oldest);
    return count > before;
  }
}

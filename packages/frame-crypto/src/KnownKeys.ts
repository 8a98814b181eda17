import type { FrameKey } from "./FrameKey.ts";

/** Entries before those of keys that are no longer in use are swept out. */
const SWEEP_ABOVE = 1_024;

/**
 * Makes sure that equal keys are one object, under whatever owner and index they are installed: then no IV comes twice,
 * and a frame seen on one track is known on all.
 */
export class KnownKeys {
  readonly #keys = new Map<string, WeakRef<FrameKey>>();

  /** The key that is already in use and equal to `made`, else `made`. */
  share(made: FrameKey): FrameKey {
    const known = this.#keys.get(made.fingerprint)?.deref();
    if (known !== undefined) return known;
    if (this.#keys.size >= SWEEP_ABOVE) this.#sweep();
    this.#keys.set(made.fingerprint, new WeakRef(made));
    return made;
  }

  #sweep(): void {
    for (const [fingerprint, reference] of this.#keys) {
      if (reference.deref() === undefined) this.#keys.delete(fingerprint);
    }
  }
}

import { equalBytes } from "@conclave/kit";

import type { KeyIndex, SenderKey } from "./ports.ts";

interface Held {
  readonly sentAtMs: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a key that arrives is worth. `known`: it is already installed. */
export type RingVerdict = "new" | "known" | "out_of_date";

/**
 * The keys of one remote member by index. An index is overwritten only by a message that its sender sent later: to-device
 * messages can be delayed, and after a rejoin the indices start again.
 */
export class SenderKeyRing {
  readonly #held = new Map<KeyIndex, Held>();

  /** Files the key, if it is newer than what is held at its index. Bounded by the 256 indices. */
  accept(key: SenderKey, sentAtMs: number): RingVerdict {
    const held = this.#held.get(key.index);
    if (held && equalBytes(held.bytes, key.bytes)) {
      this.#held.set(key.index, { bytes: held.bytes, sentAtMs: Math.max(held.sentAtMs, sentAtMs) });
      return "known";
    }
    if (held && held.sentAtMs >= sentAtMs) return "out_of_date";
    held?.bytes.fill(0);
    this.#held.set(key.index, { bytes: key.bytes.slice(), sentAtMs });
    return "new";
  }

  get indices(): readonly KeyIndex[] {
    return [...this.#held.keys()];
  }

  /** Overwrites all key bytes. The ring is empty afterwards. */
  clear(): void {
    for (const { bytes } of this.#held.values()) bytes.fill(0);
    this.#held.clear();
  }
}

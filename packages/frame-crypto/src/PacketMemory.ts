/** Data packets of one key that are remembered, by their IVs. */
export const REMEMBERED_PACKETS = 4_096;

/**
 * Remembers which data packets have been decrypted under one key. LiveKit's packets have no order (word 0 of their IV is
 * random), so there is no window: the newest are remembered one by one, and what is older could come again. The data
 * channel's own order, and the life of a key, bound that.
 */
export class PacketMemory {
  readonly #seen = new Set<string>();

  has(iv: Uint8Array): boolean {
    return this.#seen.has(nameOf(iv));
  }

  /** @returns false if it was entered before */
  enter(iv: Uint8Array): boolean {
    const name = nameOf(iv);
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    const [oldest] = this.#seen;
    if (oldest !== undefined && this.#seen.size > REMEMBERED_PACKETS) this.#seen.delete(oldest);
    return true;
  }
}

function nameOf(iv: Uint8Array): string {
  return String.fromCharCode(...iv);
}

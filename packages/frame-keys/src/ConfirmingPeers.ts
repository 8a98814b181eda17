import { SPREAD_PER_MEMBER_MS } from "./Confirmer.ts";

/** Without experience a confirmation is expected within this, more in a crowd. Whoever misses frames asks before. */
export const CONFIRM_WAIT_MS = 2_000;
const MAX_WAIT_MS = 8_000;
/** As RFC 6298 weighs round trips. */
const NEW_SHARE = 1 / 8;
const MAX_PEERS = 2_000;

/** Which devices confirm keys, and how long that takes in this call. */
export class ConfirmingPeers {
  readonly #known = new Set<string>();
  #usualMs = 0;

  /** @param device as `deviceKey` writes it. @returns whether this is news */
  learn(device: string): boolean {
    if (this.#known.has(device)) return false;
    this.#known.add(device);
    const [oldest] = this.#known;
    if (oldest !== undefined && this.#known.size > MAX_PEERS) this.#known.delete(oldest);
    return true;
  }

  has(device: string): boolean {
    return this.#known.has(device);
  }

  /** A confirmation came so long after the homeserver had taken the key. */
  noteDelay(delayMs: number): void {
    this.#usualMs += NEW_SHARE * (Math.max(0, delayMs) - this.#usualMs);
  }

  /** When a confirmation is overdue: never sooner than a busy call needs for it. */
  waitMs(crowd: number): number {
    const expectedMs = CONFIRM_WAIT_MS + SPREAD_PER_MEMBER_MS * crowd;
    return Math.min(MAX_WAIT_MS, Math.max(expectedMs, 2 * this.#usualMs));
  }
}

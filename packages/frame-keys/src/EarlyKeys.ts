import type { CancelTimer, Clock } from "@conclave/kit";

import { deviceKey } from "./deviceKey.ts";
import type { KeyRejection, ReceivedKey } from "./ports.ts";

export interface EarlyKeysDeps {
  readonly clock: Clock;
  readonly rejected: (reason: KeyRejection) => void;
}

interface Held {
  readonly received: ReceivedKey;
  readonly device: string;
  readonly expiresAtMs: number;
}

export const MAX_EARLY_KEYS_PER_DEVICE = 16;
export const MAX_EARLY_KEYS = 1_000;
export const EARLY_KEY_LIFETIME_MS = 60_000;

/** Keys that arrived before their sender's member event: few, and not for long. */
export class EarlyKeys {
  readonly #deps: EarlyKeysDeps;
  #held: readonly Held[] = [];
  #cancelExpiry: CancelTimer | undefined;

  constructor(deps: EarlyKeysDeps) {
    this.#deps = deps;
  }

  hold(received: ReceivedKey): void {
    const device = deviceKey(received.from);
    const ofDevice = this.#held.filter((other) => other.device === device).length;
    if (ofDevice >= MAX_EARLY_KEYS_PER_DEVICE || this.#held.length >= MAX_EARLY_KEYS) {
      this.#deps.rejected("buffer_full");
      return;
    }
    const expiresAtMs = this.#deps.clock.nowMs() + EARLY_KEY_LIFETIME_MS;
    this.#held = [...this.#held, { received, device, expiresAtMs }];
    this.#watchExpiry();
  }

  /** Hands out, in order of arrival, and forgets, what `isWanted` accepts. */
  take(isWanted: (received: ReceivedKey) => boolean): readonly ReceivedKey[] {
    const taken = this.#held.filter((held) => isWanted(held.received));
    if (taken.length > 0) this.#held = this.#held.filter((held) => !taken.includes(held));
    return taken.map((held) => held.received);
  }

  clear(): void {
    for (const { received } of this.#held) received.key.bytes.fill(0);
    this.#held = [];
    this.#cancelExpiry?.();
  }

  #watchExpiry(): void {
    this.#cancelExpiry?.();
    const [oldest] = this.#held;
    if (!oldest) return;
    const waitMs = oldest.expiresAtMs - this.#deps.clock.nowMs();
    this.#cancelExpiry = this.#deps.clock.after(waitMs, () => this.#expire());
  }

  #expire(): void {
    const nowMs = this.#deps.clock.nowMs();
    const live = this.#held.filter((held) => held.expiresAtMs > nowMs);
    for (let expired = this.#held.length - live.length; expired > 0; expired--) this.#deps.rejected("not_a_member");
    this.#held = live;
    this.#watchExpiry();
  }
}

import type { CancelTimer, Clock, Logger } from "@conclave/kit";
import type { DeviceAddress } from "@conclave/matrix-rtc";

import { Allowance } from "./Allowance.ts";
import { deviceKey } from "./deviceKey.ts";
import type { KeyTransport } from "./ports.ts";

export interface ConfirmerDeps {
  readonly transport: Pick<KeyTransport, "tell">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Members in the call. */
  readonly crowd: () => number;
}

interface Debt {
  readonly to: DeviceAddress;
  readonly tokens: readonly string[];
  readonly sinceMs: number;
}

/** From the first key to its confirmation: what comes meanwhile is confirmed with it. */
const CONFIRM_DELAY_MS = 300;
/** In a crowd confirmations are spread over so much more for each member: not everybody at once. */
export const SPREAD_PER_MEMBER_MS = 10;
/** Its sender has sent it again by then. */
const MAX_AGE_MS = 30_000;
const RETRY_MS = 2_000;
const MAX_DEBTS = 1_000;
const MAX_TOKENS_PER_DEVICE = 4;
/** Those of one message: some 5 kB, in as many copies as there are recipients. */
const MAX_TOKENS_PER_NOTE = 512;

/**
 * Says to the senders of keys that their keys have been put to use: all of them in one request, at most one message to
 * each, and none if a key of ours goes there anyway.
 */
export class Confirmer {
  readonly #deps: ConfirmerDeps;
  readonly #allowance: Allowance;
  readonly #owed = new Map<string, Debt>();
  #cancel: CancelTimer | undefined;

  constructor(deps: ConfirmerDeps) {
    this.#deps = deps;
    this.#allowance = new Allowance(deps.clock, { burst: 20, refillMs: 1_000 });
  }

  /** Notes that the message with this token is to be confirmed. */
  owe(to: DeviceAddress, token: string): void {
    const device = deviceKey(to);
    const known = this.#owed.get(device);
    if (known?.tokens.includes(token)) return;
    if ((!known && this.#owed.size >= MAX_DEBTS) || !this.#allowance.take(device)) return;
    const { clock } = this.#deps;
    const tokens = [...(known?.tokens ?? []), token].slice(-MAX_TOKENS_PER_DEVICE);
    this.#owed.set(device, { to, tokens, sinceMs: known?.sinceMs ?? clock.nowMs() });
    const spreadMs = this.#deps.random() * SPREAD_PER_MEMBER_MS * this.#deps.crowd();
    this.#cancel ??= clock.after(CONFIRM_DELAY_MS + spreadMs, () => void this.#flush());
  }

  /** What a message that goes to these devices anyway can confirm. Say `confirmed` when it has gone. */
  tokensFor(recipients: readonly DeviceAddress[]): readonly string[] {
    const tokens = recipients.flatMap((to) => this.#owed.get(deviceKey(to))?.tokens ?? []);
    return tokens.slice(0, MAX_TOKENS_PER_NOTE);
  }

  /** These tokens have gone to these devices. */
  confirmed(recipients: readonly DeviceAddress[], tokens: readonly string[]): void {
    const gone = new Set(tokens);
    for (const device of recipients.map(deviceKey)) {
      const debt = this.#owed.get(device);
      const left = debt?.tokens.filter((token) => !gone.has(token)) ?? [];
      if (debt && left.length > 0) this.#owed.set(device, { ...debt, tokens: left });
      else this.#owed.delete(device);
    }
    if (this.#owed.size === 0) this.clear();
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#owed.clear();
  }

  async #flush(): Promise<void> {
    const { clock, logger, transport } = this.#deps;
    const oldestMs = clock.nowMs() - MAX_AGE_MS;
    for (const [device, { sinceMs }] of this.#owed) if (sinceMs < oldestMs) this.#owed.delete(device);
    const recipients = this.#nextRecipients();
    const have = this.tokensFor(recipients);
    let waitMs = CONFIRM_DELAY_MS;
    try {
      if (recipients.length > 0) await transport.tell({ have, wantsKey: false }, recipients);
      // Whoever is unreachable asks again by itself when it is not.
      if (this.#cancel) this.confirmed(recipients, have);
    } catch (error) {
      logger.debug("keys could not be confirmed", { recipients: recipients.length, error });
      waitMs = RETRY_MS;
    }
    if (this.#cancel) this.#cancel = this.#owed.size > 0 ? clock.after(waitMs, () => void this.#flush()) : undefined;
  }

  /** As many as one note holds the tokens of. */
  #nextRecipients(): readonly DeviceAddress[] {
    return Array.from(this.#owed.values(), ({ to }) => to).slice(0, MAX_TOKENS_PER_NOTE / MAX_TOKENS_PER_DEVICE);
  }
}

import type { Clock, Logger, ReadonlySignal, Scope } from "@conclave/kit";
import type { DeviceAddress, RtcMember } from "@conclave/matrix-rtc";

import type { KeyIndex, KeyRejection, KeySink, KeyTransport } from "./ports.ts";

export interface KeyDistributorDeps {
  readonly transport: KeyTransport;
  readonly sink: KeySink;
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly logger: Logger;
}

export interface KeyDistributorOptions {
  /** The own place in the session; left out of every distribution. */
  readonly self: DeviceAddress & { readonly memberId: string };
  readonly members: ReadonlySignal<readonly RtcMember[]>;
}

/** Counters for diagnostics and tests. No key material. */
export interface KeyStatistics {
  /** Keys of others handed to the sink. */
  readonly keysInstalled: number;
  readonly keysRejected: Readonly<Record<KeyRejection, number>>;
  /** The index that own frames carry; `undefined` before the first key and while sending is suspended. */
  readonly ownKeyIndex: KeyIndex | undefined;
  /** Own keys made so far. */
  readonly keysCreated: number;
  /** Members who could not be reached yet; tried again with backoff. */
  readonly membersWithoutKey: number;
}

/** Makes, rotates and hands out the own sender key, and puts the keys of others to use, until the scope ends. */
export interface KeyDistributor {
  readonly statistics: ReadonlySignal<KeyStatistics>;
  /** Resolves when own frames can be encrypted. Never rejects. */
  readonly firstKeyReady: Promise<void>;
}

/** Starts distributing: the first own key is in use when this returns. */
export function createKeyDistributor(
  deps: KeyDistributorDeps,
  options: KeyDistributorOptions,
  scope: Scope,
): KeyDistributor {
  throw new Error(`${deps.clock.nowMs()} ${options.self.memberId} ${scope.isEnded}`);
}

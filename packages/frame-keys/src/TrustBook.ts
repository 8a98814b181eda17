import type { DeviceAddress, DeviceFacts } from "@conclave/matrix-rtc";

import { deviceKey } from "./deviceKey.ts";

/**
 * Whose keys are taken, and who gets ours, among the devices that member events name:
 *
 * - `cross_signed`: devices that their owner has signed. Of owners without an identity, such as guests, those of `first_use`.
 * - `first_use`: every device, as long as its signing key stays the one that was seen first.
 * - `all`: every device.
 */
export type TrustPolicy = "cross_signed" | "first_use" | "all";

/** What a device is known for. `unknown`: nothing is known, because it publishes nothing or the port cannot tell. */
export type DeviceTrust = "cross_signed" | "not_cross_signed" | "first_use" | "key_changed" | "unknown";

/** Devices that are remembered; the first that were seen give way. */
const MAX_DEVICES = 10_000;

const TRUSTED: Readonly<Record<TrustPolicy, readonly DeviceTrust[]>> = {
  cross_signed: ["cross_signed", "first_use"],
  first_use: ["cross_signed", "not_cross_signed", "first_use"],
  all: ["cross_signed", "not_cross_signed", "first_use", "key_changed"],
};

/**
 * Remembers the devices of a call, and says which of them the policy trusts. Where none is given, it is `cross_signed` for
 * an own device that its owner has signed, and `first_use` for others: who cannot prove whose device this is cannot ask
 * that of the rest, and two such devices would not hear each other.
 */
export class TrustBook {
  readonly #policy: TrustPolicy | undefined;
  readonly #signingKeys = new Map<string, string>();
  readonly #trust = new Map<string, DeviceTrust>();
  #isOwnSigned = false;

  constructor(policy?: TrustPolicy) {
    this.#policy = policy;
  }

  /** Whether the policy depends on what the own device is known for. */
  get followsOwn(): boolean {
    return this.#policy === undefined;
  }

  get policy(): TrustPolicy {
    return this.#policy ?? (this.#isOwnSigned ? "cross_signed" : "first_use");
  }

  noteOwn({ isCrossSigned }: Pick<DeviceFacts, "isCrossSigned">): void {
    this.#isOwnSigned = isCrossSigned;
  }

  /** Takes in what is known of a device now. */
  note(facts: DeviceFacts): void {
    const device = deviceKey(facts);
    const seenFirst = this.#signingKeys.get(device) ?? facts.signingKey;
    this.#signingKeys.set(device, seenFirst);
    this.#trust.set(device, classify(facts, seenFirst));
    const [oldest] = this.#signingKeys.keys();
    if (oldest === undefined || this.#signingKeys.size <= MAX_DEVICES) return;
    this.#signingKeys.delete(oldest);
    this.#trust.delete(oldest);
  }

  trustOf(address: DeviceAddress): DeviceTrust {
    return this.#trust.get(deviceKey(address)) ?? "unknown";
  }

  /** Whether something was noted of the device, and the policy does not trust it for that. */
  isRefused(address: DeviceAddress): boolean {
    return this.trustOf(address) !== "unknown" && !this.isTrusted(address);
  }

  /** Whether the policy trusts the device by what was noted of it. One of which nothing is known is not trusted. */
  isTrusted(address: DeviceAddress): boolean {
    return TRUSTED[this.policy].includes(this.trustOf(address));
  }
}

function classify({ isCrossSigned, ownerHasIdentity, signingKey }: DeviceFacts, seenFirst: string): DeviceTrust {
  if (signingKey !== seenFirst) return "key_changed";
  if (isCrossSigned) return "cross_signed";
  return ownerHasIdentity ? "not_cross_signed" : "first_use";
}

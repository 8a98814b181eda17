import type { Scope } from "@conclave/kit";
import type { DeviceAddress, DeviceFacts, DeviceId } from "@conclave/matrix-rtc";
import type { Device, MatrixClient } from "matrix-js-sdk";
import { type CryptoApi, CryptoEvent } from "matrix-js-sdk/lib/crypto-api/index.js";

import type { SenderDevice } from "../http/olm/proveSender.ts";
import { listen } from "./listen.ts";

type Devices = ReadonlyMap<string, Device>;

/** Users whose devices are kept at hand; the first that were learnt give way. */
const MAX_USERS = 2000;

/** Devices of users, as the client knows them. Asks it once per user, and again when it has news of the user. */
export class DeviceBook {
  readonly #crypto: CryptoApi;
  readonly #known = new Map<string, Devices>();
  #newsCount = 0;

  constructor(client: MatrixClient, crypto: CryptoApi, scope: Scope) {
    this.#crypto = crypto;
    listen(scope, client, CryptoEvent.DevicesUpdated, (userIds: string[]) => this.#forget(userIds));
    scope.onEnd(() => this.#known.clear());
  }

  /** The first device of the user that `accepts`; asks the client if none of the known ones does. */
  async find(userId: string, accepts: (device: Device) => boolean): Promise<Device | undefined> {
    const known = this.#findKnown(userId, accepts);
    if (known) return known;
    await this.learn([userId]);
    return this.#findKnown(userId, accepts);
  }

  /** The user's device whose published key is this one. */
  async findByKey(userId: string, curve25519Key: string | null): Promise<DeviceId | undefined> {
    if (curve25519Key === null) return undefined;
    const device = await this.find(userId, (device) => device.getIdentityKey() === curve25519Key);
    return device?.deviceId as DeviceId | undefined;
  }

  /** Looks the users up in the client, which may ask the homeserver. */
  async learn(userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const newsCount = this.#newsCount;
    const found = await this.#crypto.getUserDeviceInfo([...userIds], true);
    // What was asked for before the news may be old. The next look-up asks again.
    if (newsCount !== this.#newsCount) return this.#keep(await this.#crypto.getUserDeviceInfo([...userIds], true));
    this.#keep(found);
  }

  has(userId: string, deviceId: string): boolean {
    return this.#known.get(userId)?.has(deviceId) ?? false;
  }

  /** What is published of a device that has encrypted something. */
  async findSender(userId: string, deviceId: string): Promise<SenderDevice | undefined> {
    const device = await this.find(userId, (device) => device.deviceId === deviceId);
    if (!device) return undefined;
    const status = await this.#crypto.getDeviceVerificationStatus(userId, deviceId);
    return { curve25519Key: device.getIdentityKey(), isCrossSigned: status?.signedByOwner ?? false };
  }

  /** What is published of these devices; those that publish nothing are left out. */
  async facts(addresses: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    const facts: DeviceFacts[] = [];
    for (const { userId, deviceId } of addresses) {
      const device = await this.find(userId, (known) => known.deviceId === deviceId);
      const signingKey = device?.getFingerprint();
      if (signingKey === undefined || signingKey === null) continue;
      const status = await this.#crypto.getDeviceVerificationStatus(userId, deviceId);
      const isCrossSigned = status?.signedByOwner ?? false;
      const ownerHasIdentity = isCrossSigned || (await this.#crypto.userHasCrossSigningKeys(userId));
      facts.push({ userId, deviceId, signingKey, isCrossSigned, ownerHasIdentity });
    }
    return facts;
  }

  #findKnown(userId: string, accepts: (device: Device) => boolean): Device | undefined {
    return Array.from(this.#known.get(userId)?.values() ?? []).find((device) => accepts(device));
  }

  #keep(found: ReadonlyMap<string, Devices>): void {
    for (const [userId, devices] of found) {
      this.#known.delete(userId);
      this.#known.set(userId, devices);
    }
    for (const userId of this.#known.keys()) {
      if (this.#known.size <= MAX_USERS) break;
      this.#known.delete(userId);
    }
  }

  #forget(userIds: readonly string[]): void {
    this.#newsCount += 1;
    for (const userId of userIds) this.#known.delete(userId);
  }
}

import type { DeliveryOutcome, DeviceAddress, DeviceFacts } from "@conclave/matrix-rtc";
import type { Device } from "@matrix-org/matrix-sdk-crypto-wasm";

import { addressKey, type SealedMessage, sendToDevice } from "../sendToDevice.ts";
import type { SerialQueue } from "../SerialQueue.ts";
import { type OlmContext, olmUserIds } from "./OlmContext.ts";
import type { OlmRequests } from "./OlmRequests.ts";

/** Devices that are kept at hand. */
const MAX_PREPARED = 2_000;

/** Sends Olm-encrypted to-device messages. One message at a time: their order is the order of the Olm ratchet. */
export class OlmSender {
  readonly #context: OlmContext;
  readonly #requests: OlmRequests;
  readonly #queue: SerialQueue;
  /** Devices with a session, whose keys have not changed since it was opened. */
  readonly #prepared = new Map<string, Device>();
  /** Whether a user has a cross-signing identity. */
  readonly #identities = new Map<string, boolean>();

  /** @param queue of everything that moves an Olm ratchet on */
  constructor(context: OlmContext, requests: OlmRequests, queue: SerialQueue) {
    this.#context = context;
    this.#requests = requests;
    this.#queue = queue;
  }

  /** Learns the devices and opens the sessions that a message to `recipients` would need. */
  prepare(recipients: readonly DeviceAddress[]): Promise<void> {
    return this.#queue.run(async () => {
      const devices = await this.#openSessions(recipients);
      for (const device of devices.values()) await this.#hasIdentity(device);
    });
  }

  /** What is known of these devices, those without published keys left out. */
  facts(addresses: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    return this.#queue.run(async () => {
      const unknown = addresses.filter((address) => !this.#prepared.has(addressKey(address)));
      const learnt = unknown.length > 0 ? await this.#openSessions(unknown) : new Map<string, Device>();
      const facts: DeviceFacts[] = [];
      for (const address of addresses) {
        const device = this.#prepared.get(addressKey(address)) ?? learnt.get(addressKey(address));
        const signingKey = device?.ed25519Key?.toBase64();
        if (!device || signingKey === undefined) continue;
        const { userId, deviceId } = address;
        const isCrossSigned = device.isCrossSignedByOwner();
        const ownerHasIdentity = isCrossSigned || (await this.#hasIdentity(device));
        facts.push({ userId, deviceId, signingKey, isCrossSigned, ownerHasIdentity });
      }
      return facts;
    });
  }

  /**
   * Encrypts for each device and sends everything in one request.
   *
   * @throws {MatrixRtcError} nothing was sent
   */
  send(type: string, recipients: readonly DeviceAddress[], content: object): Promise<readonly DeliveryOutcome[]> {
    return this.#queue.run(() => this.#sendNow(type, recipients, content));
  }

  /** Learns the devices of these users anew before the next message to them. */
  forget(userIds: readonly string[]): void {
    const users = new Set(userIds);
    for (const key of this.#prepared.keys()) if (users.has(userOf(key))) this.#prepared.delete(key);
    for (const userId of users) this.#identities.delete(userId);
  }

  forgetAll(): void {
    this.#prepared.clear();
    this.#identities.clear();
  }

  async #hasIdentity(device: Device): Promise<boolean> {
    const userId = device.userId.toString();
    const known = this.#identities.get(userId);
    if (known !== undefined) return known;
    const hasIdentity = (await this.#context.machine.getIdentity(device.userId)) !== undefined;
    if (this.#identities.size < MAX_PREPARED) this.#identities.set(userId, hasIdentity);
    return hasIdentity;
  }

  async #sendNow(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    const { client, nextTransactionId } = this.#context;
    const sealed = new Map<string, SealedMessage>();
    const seal = async (to: DeviceAddress, devices: ReadonlyMap<string, Device>): Promise<void> => {
      const encrypted = await this.#encrypt(devices.get(addressKey(to)), type, content);
      if (encrypted !== undefined) sealed.set(addressKey(to), { to, content: encrypted });
    };
    // Every look into the crypto store costs milliseconds, so devices that were prepared are taken as they are.
    for (const to of recipients) await seal(to, this.#prepared);
    const others = recipients.filter((to) => !sealed.has(addressKey(to)));
    if (others.length > 0) {
      const devices = await this.#openSessions(others);
      for (const to of others) await seal(to, devices);
    }
    if (sealed.size > 0) await sendToDevice(client, nextTransactionId(), Array.from(sealed.values()));
    return recipients.map((to) => ({ to, result: sealed.has(addressKey(to)) ? "sent" : "unreachable" }));
  }

  async #encrypt(device: Device | undefined, type: string, content: object): Promise<unknown> {
    if (!device) return undefined;
    try {
      return JSON.parse(await device.encryptToDeviceEvent(type, content)) as unknown;
    } catch (error) {
      // No session, because the device had no one-time key left or its keys are bad.
      this.#context.logger.debug("a device cannot be encrypted for", { error: String(error) });
      return undefined;
    }
  }

  /** Known devices by address: at most one query and one claim, none if everything is known. */
  async #openSessions(recipients: readonly DeviceAddress[]): Promise<ReadonlyMap<string, Device>> {
    const { machine, olm } = this.#context;
    const others = recipients.filter((to) => !this.#isOwn(to));
    const devices = await this.#learnDevices(others);
    const reachable = others.filter((to) => devices.has(addressKey(to))).map((to) => to.userId);
    const claim = await machine.getMissingSessions(olmUserIds(olm, reachable));
    if (claim) await this.#requests.send(claim);
    for (const [key, device] of devices) if (this.#prepared.size < MAX_PREPARED) this.#prepared.set(key, device);
    return devices;
  }

  async #learnDevices(recipients: readonly DeviceAddress[]): Promise<ReadonlyMap<string, Device>> {
    const { machine, olm } = this.#context;
    const tracked = new Set(Array.from(await machine.trackedUsers(), String));
    const users = recipients.map((to) => to.userId);
    await machine.updateTrackedUsers(olmUserIds(olm, users));
    let devices = await this.#findDevices(recipients);
    const missing = (): readonly DeviceAddress[] => recipients.filter((to) => !devices.has(addressKey(to)));
    if (missing().length === 0) return devices;
    // Queries the users that the machine has just learnt about or that sync has announced.
    await this.#requests.flush();
    devices = await this.#findDevices(recipients);
    // A user known for long may have a device that the server has not announced yet.
    const stale = missing().filter((to) => tracked.has(to.userId));
    if (stale.length === 0) return devices;
    await this.#requests.send(
      machine.queryKeysForUsers(
        olmUserIds(
          olm,
          stale.map((to) => to.userId),
        ),
      ),
    );
    return this.#findDevices(recipients);
  }

  async #findDevices(recipients: readonly DeviceAddress[]): Promise<ReadonlyMap<string, Device>> {
    const { machine, olm } = this.#context;
    const devices = new Map<string, Device>();
    for (const to of recipients) {
      const [userId] = olmUserIds(olm, [to.userId]);
      if (!userId) continue;
      const device = await machine.getDevice(userId, new olm.DeviceId(to.deviceId));
      if (device && !device.isDeleted()) devices.set(addressKey(to), device);
    }
    return devices;
  }

  #isOwn(to: DeviceAddress): boolean {
    const { self } = this.#context;
    return to.userId === self.userId && to.deviceId === self.deviceId;
  }
}

function userOf(key: string): string {
  return key.slice(0, key.indexOf("\n"));
}

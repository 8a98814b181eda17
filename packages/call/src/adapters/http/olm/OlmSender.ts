import type { DeliveryOutcome, DeviceAddress } from "@conclave/matrix-rtc";
import type { Device } from "@matrix-org/matrix-sdk-crypto-wasm";

import { matrixPath } from "../HomeserverClient.ts";
import { SerialQueue } from "../SerialQueue.ts";
import { type OlmContext, olmUserIds } from "./OlmContext.ts";
import type { OlmRequests } from "./OlmRequests.ts";

const SEND_PATH = "/_matrix/client/v3/sendToDevice/m.room.encrypted";
const RETRIES = 2;
/** Devices that are kept at hand. */
const MAX_PREPARED = 2_000;

/** Sends Olm-encrypted to-device messages. One message at a time: their order is the order of the Olm ratchet. */
export class OlmSender {
  readonly #context: OlmContext;
  readonly #requests: OlmRequests;
  readonly #queue = new SerialQueue();
  /** Devices with a session, whose keys have not changed since it was opened. */
  readonly #prepared = new Map<string, Device>();

  constructor(context: OlmContext, requests: OlmRequests) {
    this.#context = context;
    this.#requests = requests;
  }

  /** Learns the devices and opens the sessions that a message to `recipients` would need. */
  prepare(recipients: readonly DeviceAddress[]): Promise<void> {
    return this.#queue.run(async () => {
      await this.#openSessions(recipients);
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
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #sendNow(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    const sealed = new Map<string, unknown>();
    const seal = async (to: DeviceAddress, devices: ReadonlyMap<string, Device>): Promise<void> => {
      const encrypted = await this.#encrypt(devices.get(keyOf(to)), type, content);
      if (encrypted !== undefined) sealed.set(keyOf(to), encrypted);
    };
    // Every look into the crypto store costs milliseconds, so devices that were prepared are taken as they are.
    for (const to of recipients) await seal(to, this.#prepared);
    const others = recipients.filter((to) => !sealed.has(keyOf(to)));
    if (others.length > 0) {
      const devices = await this.#openSessions(others);
      for (const to of others) await seal(to, devices);
    }
    if (sealed.size > 0) await this.#put(byUser(recipients, sealed));
    return recipients.map((to) => ({ to, result: sealed.has(keyOf(to)) ? "sent" : "unreachable" }));
  }

  async #put(messages: object): Promise<void> {
    const { client, nextTransactionId } = this.#context;
    await client.json({
      method: "PUT",
      path: matrixPath(SEND_PATH, nextTransactionId()),
      body: { messages },
      retries: RETRIES,
    });
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
    const reachable = others.filter((to) => devices.has(keyOf(to))).map((to) => to.userId);
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
    const missing = (): readonly DeviceAddress[] => recipients.filter((to) => !devices.has(keyOf(to)));
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
      if (device && !device.isDeleted()) devices.set(keyOf(to), device);
    }
    return devices;
  }

  #isOwn(to: DeviceAddress): boolean {
    const { self } = this.#context;
    return to.userId === self.userId && to.deviceId === self.deviceId;
  }
}

function keyOf(to: DeviceAddress): string {
  return `${to.userId}\n${to.deviceId}`;
}

function userOf(key: string): string {
  return key.slice(0, key.indexOf("\n"));
}

/** The body of a to-device request. @see Client-Server API, "Send-to-Device messaging" */
function byUser(recipients: readonly DeviceAddress[], sealed: ReadonlyMap<string, unknown>): object {
  const messages: Record<string, Record<string, unknown>> = {};
  for (const to of recipients) {
    const message = sealed.get(keyOf(to));
    if (message !== undefined) (messages[to.userId] ??= {})[to.deviceId] = message;
  }
  return messages;
}

import type { Clock, Logger } from "@conclave/kit";
import type { DeliveryOutcome, DeviceAddress, MatrixSelf } from "@conclave/matrix-rtc";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";

import type { HomeserverClient } from "../http/HomeserverClient.ts";
import { addressKey, type SealedMessage, sendToDevice } from "../http/sendToDevice.ts";
import { SerialQueue } from "../http/SerialQueue.ts";
import type { DeviceBook } from "./DeviceBook.ts";
import { toMatrixRtcError } from "./sdkError.ts";

export interface ToDeviceSenderDeps {
  readonly crypto: CryptoApi;
  readonly devices: DeviceBook;
  readonly client: HomeserverClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly self: MatrixSelf;
  readonly nextTransactionId: () => string;
}

/**
 * Sends Olm-encrypted to-device messages: the client's crypto seals them, one request carries them. The client's own queue
 * is not used, because it does not say whether a message went out.
 *
 * One message at a time: their order is the order of the Olm ratchet.
 */
export class ToDeviceSender {
  readonly #deps: ToDeviceSenderDeps;
  readonly #queue = new SerialQueue();

  constructor(deps: ToDeviceSenderDeps) {
    this.#deps = deps;
  }

  /** @throws {MatrixRtcError} nothing was sent */
  send(type: string, recipients: readonly DeviceAddress[], content: object): Promise<readonly DeliveryOutcome[]> {
    return this.#queue.run(() => this.#sendNow(type, recipients, content));
  }

  /** Learns the devices and opens sessions with them. */
  prepare(recipients: readonly DeviceAddress[]): Promise<void> {
    return this.#queue.run(async () => {
      const known = await this.#knownOf(recipients);
      // For no device of theirs the client opens sessions with all of them, and encrypts nothing.
      const users = new Set(known.map((to) => to.userId));
      const nobody = Array.from(users, (userId) => ({ userId, deviceId: "" }));
      if (nobody.length > 0) await this.#deps.crypto.encryptToDeviceMessages("m.dummy", nobody, {});
    });
  }

  async #sendNow(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly DeliveryOutcome[]> {
    const { client, clock, nextTransactionId } = this.#deps;
    try {
      const known = await this.#knownOf(recipients);
      const sealed = known.length === 0 ? [] : await this.#seal(type, known, content);
      if (sealed.length > 0) await sendToDevice(client, nextTransactionId(), sealed);
      const sent = new Set(sealed.map(({ to }) => addressKey(to)));
      return recipients.map((to) => ({ to, result: sent.has(addressKey(to)) ? "sent" : "unreachable" }));
    } catch (error) {
      throw toMatrixRtcError("to-device message", error, clock.nowMs());
    }
  }

  /** Those of the recipients that have published keys. */
  async #knownOf(recipients: readonly DeviceAddress[]): Promise<readonly DeviceAddress[]> {
    const { devices } = this.#deps;
    const others = recipients.filter((to) => !this.#isSelf(to));
    const unknown = others.filter((to) => !devices.has(to.userId, to.deviceId));
    await devices.learn(Array.from(new Set(unknown.map((to) => to.userId))));
    return others.filter((to) => devices.has(to.userId, to.deviceId));
  }

  async #seal(type: string, recipients: readonly DeviceAddress[], content: object): Promise<readonly SealedMessage[]> {
    try {
      return await this.#encrypt(type, recipients, content);
    } catch (error) {
      // One device without a session fails them all.
      this.#throwUnlessOfDevice(error);
    }
    const sealed: SealedMessage[] = [];
    for (const to of recipients) sealed.push(...(await this.#trySeal(type, to, content)));
    return sealed;
  }

  async #trySeal(type: string, to: DeviceAddress, content: object): Promise<readonly SealedMessage[]> {
    try {
      return await this.#encrypt(type, [to], content);
    } catch (error) {
      this.#throwUnlessOfDevice(error);
      // No session, because the device had no one-time key left or its keys are bad.
      this.#deps.logger.debug("a device cannot be encrypted for", { error: String(error) });
      return [];
    }
  }

  /** What the homeserver has refused, or did not answer, fails for every device. */
  #throwUnlessOfDevice(error: unknown): void {
    const coded = toMatrixRtcError("to-device message", error, this.#deps.clock.nowMs());
    if (coded.code !== "unsupported") throw coded;
  }

  async #encrypt(
    type: string,
    recipients: readonly DeviceAddress[],
    content: object,
  ): Promise<readonly SealedMessage[]> {
    const { batch } = await this.#deps.crypto.encryptToDeviceMessages(type, [...recipients], { ...content });
    const addresses = new Map(recipients.map((to) => [addressKey(to), to]));
    return batch.flatMap((message): SealedMessage[] => {
      const to = addresses.get(addressKey(message));
      return to ? [{ to, content: message.payload }] : [];
    });
  }

  #isSelf(to: DeviceAddress): boolean {
    const { self } = this.#deps;
    return to.userId === self.userId && to.deviceId === self.deviceId;
  }
}

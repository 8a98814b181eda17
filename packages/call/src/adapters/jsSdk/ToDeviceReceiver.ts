import { Emitter, type Logger, type Scope } from "@conclave/kit";
import type { ToDeviceMessage, UserId } from "@conclave/matrix-rtc";
import { ClientEvent, type MatrixClient, type ReceivedToDeviceMessage } from "matrix-js-sdk";

import { INTERNAL_TYPES } from "../http/olm/internalTypes.ts";
import { proveSender, type SenderDevice } from "../http/olm/proveSender.ts";
import { SerialQueue } from "../http/SerialQueue.ts";
import type { DeviceBook } from "./DeviceBook.ts";
import { listen } from "./listen.ts";

/** Messages that may wait for the look-up of their senders; more than that are dropped. */
const MAX_INBOX = 2000;

export interface ToDeviceReceiverDeps {
  readonly client: MatrixClient;
  /** Absent: the client has no encryption, and nothing counts as encrypted. */
  readonly devices: DeviceBook | undefined;
  readonly logger: Logger;
  readonly scope: Scope;
}

/** Hands out the to-device messages of the client, in order, with what Olm proves about each. */
export class ToDeviceReceiver {
  readonly received: Emitter<ToDeviceMessage>;
  readonly #deps: ToDeviceReceiverDeps;
  readonly #inbox = new SerialQueue();

  constructor(deps: ToDeviceReceiverDeps) {
    const { client, logger, scope } = deps;
    this.#deps = deps;
    this.received = new Emitter((error) => logger.error("a to-device listener failed", { error }));
    listen(scope, client, ClientEvent.ReceivedToDeviceMessage, (payload: ReceivedToDeviceMessage) =>
      this.#take(payload),
    );
  }

  #take(payload: ReceivedToDeviceMessage): void {
    const { logger, scope } = this.#deps;
    if (INTERNAL_TYPES.has(payload.message.type)) return;
    if (this.#inbox.length >= MAX_INBOX) {
      logger.warn("a to-device message was dropped: too many wait");
      return;
    }
    this.#inbox
      .run(async () => {
        const message = await this.#prove(payload);
        if (!scope.isEnded) this.received.emit(message);
      })
      .catch((error: unknown) => logger.warn("a to-device message was dropped", { error }));
  }

  async #prove({ message: raw, encryptionInfo }: ReceivedToDeviceMessage): Promise<ToDeviceMessage> {
    const { devices } = this.#deps;
    const message = { type: raw.type, sender: raw.sender as UserId, content: raw.content as unknown };
    if (!encryptionInfo?.senderDevice || !devices) return message;
    const { sender, senderCurve25519KeyBase64: curve25519Key, senderDevice: deviceId } = encryptionInfo;
    const device = await this.#findSender(devices, sender, deviceId);
    return proveSender(message, { sender, deviceId, curve25519Key }, device);
  }

  /** A failed look-up leaves what the session itself has proven, as for a device that publishes nothing. */
  async #findSender(devices: DeviceBook, sender: string, deviceId: string): Promise<SenderDevice | undefined> {
    try {
      return await devices.findSender(sender, deviceId);
    } catch (error) {
      this.#deps.logger.debug("the sender of a to-device message could not be looked up", { error });
      return undefined;
    }
  }
}

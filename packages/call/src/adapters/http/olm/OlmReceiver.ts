import type { Emitter } from "@conclave/kit";
import type { DeviceId, ToDeviceMessage, UserId } from "@conclave/matrix-rtc";
import type { DecryptedToDeviceEvent, ProcessedToDeviceEvent } from "@matrix-org/matrix-sdk-crypto-wasm";

import { isRecord, stringAt } from "../json.ts";
import type { CryptoDelta } from "../parseSync.ts";
import { type OlmContext, olmUserIds } from "./OlmContext.ts";

/** What the machine keeps for itself; handing it out would leak keys. */
const INTERNAL_TYPES: ReadonlySet<string> = new Set([
  "m.dummy",
  "m.room_key",
  "m.forwarded_room_key",
  "m.room_key_request",
  "m.room_key.withheld",
  "m.secret.request",
  "m.secret.send",
]);

/** Feeds syncs to the OlmMachine and hands out what it could decrypt, with what Olm proves about it. */
export class OlmReceiver {
  readonly #context: OlmContext;
  readonly #received: Emitter<ToDeviceMessage>;

  constructor(context: OlmContext, received: Emitter<ToDeviceMessage>) {
    this.#context = context;
    this.#received = received;
  }

  /** @returns true if a message could not be decrypted: the machine may want a new session with its sender */
  async receive(delta: CryptoDelta): Promise<boolean> {
    const { olm, machine, logger } = this.#context;
    const lists = new olm.DeviceLists(olmUserIds(olm, delta.changedUsers), olmUserIds(olm, delta.leftUsers));
    const settings = new olm.DecryptionSettings(olm.TrustRequirement.Untrusted);
    const events = JSON.stringify(delta.toDevice);
    const fallback = delta.unusedFallbackKeys && new Set(delta.unusedFallbackKeys);
    const processed = delta.oneTimeKeyCounts
      ? await machine.receiveSyncChanges(events, lists, new Map(delta.oneTimeKeyCounts), fallback, settings)
      : await machine.receiveSyncChangesMsc4186(events, lists, new Map(), fallback, settings);
    let hasFailed = false;
    for (const event of processed) {
      hasFailed ||= event.type === olm.ProcessedToDeviceEventType.UnableToDecrypt;
      const message = await this.#toMessage(event);
      if (message && !INTERNAL_TYPES.has(message.type)) this.#received.emit(message);
      else if (!message) logger.debug("a to-device message was dropped", { kind: event.type });
    }
    return hasFailed;
  }

  async #toMessage(event: ProcessedToDeviceEvent): Promise<ToDeviceMessage | undefined> {
    const { ProcessedToDeviceEventType: kinds } = this.#context.olm;
    const message = parseMessage(event.rawEvent);
    switch (event.type) {
      case kinds.PlainText:
        return message;
      case kinds.Decrypted:
        return message && this.#proven(message, event as DecryptedToDeviceEvent);
      default:
        return undefined;
    }
  }

  /**
   * Adds what the Olm session proves. The device's published key must be the one that encrypted: else the message
   * goes out as unproven, and the key layer refuses it.
   */
  async #proven(message: ToDeviceMessage, event: DecryptedToDeviceEvent): Promise<ToDeviceMessage> {
    const { olm, machine } = this.#context;
    const info = event.encryptionInfo;
    const deviceId = info.senderDevice?.toString();
    const [userId] = olmUserIds(olm, [message.sender]);
    if (!userId || deviceId === undefined || info.sender.toString() !== message.sender) return message;
    const device = await machine.getDevice(userId, new olm.DeviceId(deviceId));
    if (device && device.curve25519Key?.toBase64() !== info.senderCurve25519Key) return message;
    return {
      ...message,
      encryptedBy: { deviceId: deviceId as DeviceId, isCrossSigned: device?.isCrossSignedByOwner() ?? false },
    };
  }
}

function parseMessage(rawEvent: string): ToDeviceMessage | undefined {
  const raw = JSON.parse(rawEvent) as unknown;
  const type = stringAt(raw, "type");
  const sender = stringAt(raw, "sender");
  if (!isRecord(raw) || type === undefined || sender === undefined) return undefined;
  return { type, sender: sender as UserId, content: raw["content"] };
}

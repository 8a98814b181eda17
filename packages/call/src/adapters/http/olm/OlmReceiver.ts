import type { Emitter } from "@conclave/kit";
import type { ToDeviceMessage, UserId } from "@conclave/matrix-rtc";
import type { DecryptedToDeviceEvent, ProcessedToDeviceEvent } from "@matrix-org/matrix-sdk-crypto-wasm";

import { isRecord, stringAt } from "../json.ts";
import type { CryptoDelta } from "../parseSync.ts";
import { INTERNAL_TYPES } from "./internalTypes.ts";
import { type OlmContext, olmUserIds } from "./OlmContext.ts";
import { proveSender } from "./proveSender.ts";

const ROOM_KEY_TYPES: ReadonlySet<string> = new Set(["m.room_key", "m.forwarded_room_key"]);

export interface Received {
  /** A message could not be decrypted: the machine may want a new session with its sender. */
  readonly hasFailed: boolean;
  /** Room events that could not be read before may be readable now. */
  readonly hasRoomKeys: boolean;
}

/** Feeds syncs to the OlmMachine and hands out what it could decrypt, with what Olm proves about it. */
export class OlmReceiver {
  readonly #context: OlmContext;
  readonly #received: Emitter<ToDeviceMessage>;

  constructor(context: OlmContext, received: Emitter<ToDeviceMessage>) {
    this.#context = context;
    this.#received = received;
  }

  async receive(delta: CryptoDelta): Promise<Received> {
    const { olm, machine, logger } = this.#context;
    const lists = new olm.DeviceLists(olmUserIds(olm, delta.changedUsers), olmUserIds(olm, delta.leftUsers));
    const settings = new olm.DecryptionSettings(olm.TrustRequirement.Untrusted);
    const events = JSON.stringify(delta.toDevice);
    const fallback = delta.unusedFallbackKeys && new Set(delta.unusedFallbackKeys);
    const processed = delta.oneTimeKeyCounts
      ? await machine.receiveSyncChanges(events, lists, new Map(delta.oneTimeKeyCounts), fallback, settings)
      : await machine.receiveSyncChangesMsc4186(events, lists, new Map(), fallback, settings);
    let [hasFailed, hasRoomKeys] = [false, false];
    for (const event of processed) {
      hasFailed ||= event.type === olm.ProcessedToDeviceEventType.UnableToDecrypt;
      const message = await this.#toMessage(event);
      hasRoomKeys ||= message !== undefined && ROOM_KEY_TYPES.has(message.type);
      if (message && !INTERNAL_TYPES.has(message.type)) this.#received.emit(message);
      else if (!message) logger.debug("a to-device message was dropped", { kind: event.type });
    }
    return { hasFailed, hasRoomKeys };
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

  async #proven(message: ToDeviceMessage, event: DecryptedToDeviceEvent): Promise<ToDeviceMessage> {
    const { olm, machine } = this.#context;
    const { sender, senderCurve25519Key, senderDevice } = event.encryptionInfo;
    const session = {
      sender: sender.toString(),
      deviceId: senderDevice?.toString(),
      curve25519Key: senderCurve25519Key,
    };
    const [userId] = olmUserIds(olm, [message.sender]);
    if (!userId || session.deviceId === undefined) return message;
    const device = await machine.getDevice(userId, new olm.DeviceId(session.deviceId));
    const known = device && {
      curve25519Key: device.curve25519Key?.toBase64(),
      isCrossSigned: device.isCrossSignedByOwner(),
    };
    return proveSender(message, session, known);
  }
}

function parseMessage(rawEvent: string): ToDeviceMessage | undefined {
  const raw = JSON.parse(rawEvent) as unknown;
  const type = stringAt(raw, "type");
  const sender = stringAt(raw, "sender");
  if (!isRecord(raw) || type === undefined || sender === undefined) return undefined;
  return { type, sender: sender as UserId, content: raw["content"] };
}

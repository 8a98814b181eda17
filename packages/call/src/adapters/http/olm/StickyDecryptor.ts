import type { DeviceId, RoomId } from "@conclave/matrix-rtc";

import { isRecord } from "../json.ts";
import type { SyncDelta, SyncEvent } from "../parseSync.ts";
import { EVENT_TYPES } from "../syncFilter.ts";
import type { OlmContext } from "./OlmContext.ts";

/** Events that wait for their Megolm key; the oldest gives way. */
const MAX_PENDING = 500;

interface Pending {
  readonly roomId: RoomId;
  readonly event: SyncEvent;
}

/**
 * Decrypts sticky events of encrypted rooms. The key of one may arrive after it, by to-device: those that cannot be
 * read yet are tried again when new messages have come.
 */
export class StickyDecryptor {
  readonly #context: OlmContext;
  readonly #onDecrypted: (roomId: RoomId, event: SyncEvent) => void;
  readonly #pending = new Map<string, Pending>();

  constructor(context: OlmContext, onDecrypted: (roomId: RoomId, event: SyncEvent) => void) {
    this.#context = context;
    this.#onDecrypted = onDecrypted;
  }

  async take(delta: SyncDelta): Promise<void> {
    const arrived = delta.joined.flatMap(({ roomId, events }) =>
      events.filter(isEncryptedSticky).map((event) => ({ roomId, event })),
    );
    for (const pending of arrived) this.#pending.set(pending.event.eventId, pending);
    for (const eventId of this.#pending.keys()) {
      if (this.#pending.size <= MAX_PENDING) break;
      this.#pending.delete(eventId);
    }
    const mayHaveKeys = delta.crypto.toDevice.length > 0;
    for (const pending of mayHaveKeys ? Array.from(this.#pending.values()) : arrived) await this.#try(pending);
  }

  async #try({ roomId, event }: Pending): Promise<void> {
    const { machine, olm, logger } = this.#context;
    const settings = new olm.DecryptionSettings(olm.TrustRequirement.Untrusted);
    try {
      const decrypted = await machine.decryptRoomEvent(JSON.stringify(event.raw), new olm.RoomId(roomId), settings);
      this.#pending.delete(event.eventId);
      const clear = JSON.parse(decrypted.event) as unknown;
      if (!isRecord(clear) || clear["type"] !== EVENT_TYPES.rtcMember) return;
      if (decrypted.sender.toString() !== event.sender) return;
      const deviceId = decrypted.senderDevice?.toString();
      this.#onDecrypted(roomId, {
        ...event,
        type: EVENT_TYPES.rtcMember,
        content: clear["content"],
        ...(deviceId === undefined ? {} : { encryptedBy: deviceId as DeviceId }),
      });
    } catch {
      logger.debug("a sticky event cannot be read yet", { eventId: event.eventId });
    }
  }
}

function isEncryptedSticky(event: SyncEvent): boolean {
  return event.type === EVENT_TYPES.encrypted && event.sticky !== undefined;
}

import type { DeviceId, EventId, RoomId } from "@conclave/matrix-rtc";
import type { DecryptedRoomEvent } from "@matrix-org/matrix-sdk-crypto-wasm";

import { isRecord, stringAt } from "../json.ts";
import type { SyncDelta, SyncEvent } from "../parseSync.ts";
import { isRedacted } from "../roomEvents.ts";
import { EVENT_TYPES } from "../syncFilter.ts";
import { type OlmContext, olmUserIds } from "./OlmContext.ts";

/** Events that wait for their Megolm key; the oldest gives way. */
const MAX_PENDING = 500;

export interface RoomDecryptorDeps {
  /** Whether somebody waits for the event. Sticky ones are decrypted even if nobody does. */
  readonly isAwaited: (roomId: RoomId, eventId: EventId) => boolean;
  readonly onDecrypted: (roomId: RoomId, event: SyncEvent) => void;
  /** Somebody else than its sender has encrypted the event. */
  readonly onForged: (roomId: RoomId, eventId: EventId) => void;
}

interface Pending {
  readonly roomId: RoomId;
  readonly event: SyncEvent;
}

/**
 * Decrypts the events of encrypted rooms that a call needs. The key of one may arrive after it, by to-device: those that
 * cannot be read yet are tried again when new keys have come.
 */
export class RoomDecryptor {
  readonly #context: OlmContext;
  readonly #deps: RoomDecryptorDeps;
  readonly #pending = new Map<EventId, Pending>();

  constructor(context: OlmContext, deps: RoomDecryptorDeps) {
    this.#context = context;
    this.#deps = deps;
  }

  async take({ joined }: SyncDelta, hasNewKeys: boolean): Promise<void> {
    const arrived = joined.flatMap(({ roomId, events }) =>
      events.filter((event) => this.#isWanted(roomId, event)).map((event) => ({ roomId, event })),
    );
    for (const pending of arrived) this.#pending.set(pending.event.eventId, pending);
    for (const { events } of joined) for (const { redacts } of events) if (redacts) this.#pending.delete(redacts);
    this.#forget();
    for (const pending of hasNewKeys ? Array.from(this.#pending.values()) : arrived) await this.#try(pending);
  }

  #isWanted(roomId: RoomId, event: SyncEvent): boolean {
    if (event.type !== EVENT_TYPES.encrypted || isRedacted(event.raw)) return false;
    return event.sticky !== undefined || this.#deps.isAwaited(roomId, event.eventId);
  }

  #forget(): void {
    for (const [eventId, { roomId, event }] of this.#pending) {
      const isUseless = !event.sticky && !this.#deps.isAwaited(roomId, eventId);
      if (isUseless || this.#pending.size > MAX_PENDING) this.#pending.delete(eventId);
    }
  }

  async #try({ roomId, event }: Pending): Promise<void> {
    if (!this.#pending.has(event.eventId)) return;
    const { machine, olm, logger } = this.#context;
    const settings = new olm.DecryptionSettings(olm.TrustRequirement.Untrusted);
    try {
      const decrypted = await machine.decryptRoomEvent(JSON.stringify(event.raw), new olm.RoomId(roomId), settings);
      this.#pending.delete(event.eventId);
      const clear = await this.#toClear(event, decrypted);
      if (clear) return this.#deps.onDecrypted(roomId, clear);
      logger.warn("an encrypted event was dropped: it is not of its sender", { eventId: event.eventId });
      this.#deps.onForged(roomId, event.eventId);
    } catch {
      logger.debug("an event cannot be read yet", { eventId: event.eventId });
    }
  }

  /** `undefined`: somebody else than the sender has encrypted it. */
  async #toClear(event: SyncEvent, decrypted: DecryptedRoomEvent): Promise<SyncEvent | undefined> {
    const { olm } = this.#context;
    if (decrypted.shieldState(true).code === olm.ShieldStateCode.MismatchedSender) return undefined;
    const clear = JSON.parse(decrypted.event) as unknown;
    const deviceId = await this.#provenDevice(event, decrypted);
    return {
      ...event,
      type: stringAt(clear, "type") ?? EVENT_TYPES.encrypted,
      content: isRecord(clear) ? clear["content"] : undefined,
      ...(deviceId === undefined ? {} : { encryptedBy: deviceId }),
    };
  }

  /** The sender's device that made the Megolm session, if its published key is not another one. */
  async #provenDevice({ sender }: SyncEvent, decrypted: DecryptedRoomEvent): Promise<DeviceId | undefined> {
    const { machine, olm } = this.#context;
    const deviceId = decrypted.senderDevice?.toString();
    const [userId] = olmUserIds(olm, [sender]);
    if (!userId || deviceId === undefined) return undefined;
    const device = await machine.getDevice(userId, new olm.DeviceId(deviceId));
    const isAnother = device && device.curve25519Key?.toBase64() !== decrypted.senderCurve25519Key;
    return isAnother ? undefined : (deviceId as DeviceId);
  }
}

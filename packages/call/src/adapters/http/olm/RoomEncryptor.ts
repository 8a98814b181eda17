import { MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";
import type { EncryptionSettings } from "@matrix-org/matrix-sdk-crypto-wasm";

import { numberAt } from "../json.ts";
import type { SealedContent } from "../RoomSender.ts";
import type { SerialQueue } from "../SerialQueue.ts";
import { EVENT_TYPES } from "../syncFilter.ts";
import { type OlmContext, olmUserIds } from "./OlmContext.ts";
import type { OlmRequests } from "./OlmRequests.ts";

/** Users whose devices are taken as known until sync says that they have changed. */
const MAX_KNOWN_USERS = 5000;
const MICROSECONDS_PER_MS = 1000;

/** A room as encryption needs it. */
export interface EncryptedRoom {
  readonly roomId: RoomId;
  /** Who may read. */
  readonly userIds: readonly string[];
  /** Content of `m.room.encryption`; nothing in it has been checked. */
  readonly settings: unknown;
}

/** Encrypts message events (Megolm) for all devices of the users of a room. */
export class RoomEncryptor {
  readonly #context: OlmContext;
  readonly #requests: OlmRequests;
  readonly #queue: SerialQueue;
  readonly #known = new Set<string>();

  /** @param queue of everything that moves an Olm ratchet on */
  constructor(context: OlmContext, requests: OlmRequests, queue: SerialQueue) {
    this.#context = context;
    this.#requests = requests;
    this.#queue = queue;
  }

  /**
   * Shares the room's key with the devices that do not have it, and encrypts. A device that cannot be reached is left out.
   *
   * @throws {MatrixRtcError} the homeserver does not take or answer what has to be sent before
   */
  encrypt(room: EncryptedRoom, type: string, content: object): Promise<SealedContent> {
    return this.#queue.run(async () => {
      const { machine, olm } = this.#context;
      try {
        await this.#learn(room.userIds.filter((userId) => !this.#known.has(userId)));
        await this.#share(room);
        const sealed = await machine.encryptRoomEvent(new olm.RoomId(room.roomId), type, JSON.stringify(content));
        return { type: EVENT_TYPES.encrypted, content: JSON.parse(sealed) as object };
      } catch (cause) {
        if (cause instanceof MatrixRtcError) throw cause;
        throw new MatrixRtcError("unsupported", "The message could not be encrypted", { cause });
      }
    });
  }

  /** Learns the devices of these users anew before the next message. */
  forget(userIds: readonly string[]): void {
    for (const userId of userIds) this.#known.delete(userId);
  }

  forgetAll(): void {
    this.#known.clear();
  }

  /** At most one query and one claim, none if everything is known. */
  async #learn(userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    const { machine, olm } = this.#context;
    await machine.updateTrackedUsers(olmUserIds(olm, userIds));
    await this.#requests.flush();
    const claim = await machine.getMissingSessions(olmUserIds(olm, userIds));
    if (claim) await this.#requests.send(claim);
    if (this.#known.size + userIds.length > MAX_KNOWN_USERS) this.#known.clear();
    for (const userId of userIds) this.#known.add(userId);
  }

  async #share({ roomId, userIds, settings }: EncryptedRoom): Promise<void> {
    const { machine, olm } = this.#context;
    const users = olmUserIds(olm, userIds);
    const requests = await machine.shareRoomKey(new olm.RoomId(roomId), users, this.#toOlm(settings));
    await Promise.all(requests.map((request) => this.#requests.send(request)));
  }

  #toOlm(content: unknown): EncryptionSettings {
    const { olm } = this.#context;
    const settings = new olm.EncryptionSettings();
    settings.algorithm = olm.EncryptionAlgorithm.MegolmV1AesSha2;
    // The narrowest: nobody hands these keys on to those who join later.
    settings.historyVisibility = olm.HistoryVisibility.Joined;
    settings.sharingStrategy = olm.CollectStrategy.allDevices();
    const periodMs = positiveInteger(numberAt(content, "rotation_period_ms"));
    const periodMessages = positiveInteger(numberAt(content, "rotation_period_msgs"));
    if (periodMs !== undefined) settings.rotationPeriod = BigInt(periodMs) * BigInt(MICROSECONDS_PER_MS);
    if (periodMessages !== undefined) settings.rotationPeriodMessages = BigInt(periodMessages);
    return settings;
  }
}

/** The machine has limits of its own for what is very small or very large. */
function positiveInteger(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

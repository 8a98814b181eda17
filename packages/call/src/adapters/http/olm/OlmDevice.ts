import { type CancelTimer, type Clock, Emitter, type Happening } from "@conclave/kit";
import {
  type DeliveryOutcome,
  type DeviceAddress,
  type DeviceFacts,
  MatrixRtcError,
  type ToDeviceMessage,
} from "@conclave/matrix-rtc";

import { CallError } from "../../../errors.ts";
import type { CryptoDelta, SyncDelta } from "../parseSync.ts";
import type { SealedContent } from "../RoomSender.ts";
import { SerialQueue } from "../SerialQueue.ts";
import { type OlmContext, type OlmDeps, olmUserIds, openOlmContext } from "./OlmContext.ts";
import { CryptoNews } from "./CryptoNews.ts";
import { OlmReceiver } from "./OlmReceiver.ts";
import { OlmRequests } from "./OlmRequests.ts";
import { OlmSender } from "./OlmSender.ts";
import { RoomDecryptor, type RoomDecryptorDeps } from "./RoomDecryptor.ts";
import { type EncryptedRoom, RoomEncryptor } from "./RoomEncryptor.ts";

/** One-time keys are topped up so long after the server has said that some are gone. */
const COUNT_DELAY_MS = 2_000;
/** Users whose devices are followed; more are queried when a message goes to them. */
const MAX_TRACKED_USERS = 2000;

export interface OlmDeviceDeps extends OlmDeps, RoomDecryptorDeps {}

interface Running {
  readonly context: OlmContext;
  readonly requests: OlmRequests;
  readonly sender: OlmSender;
  readonly receiver: OlmReceiver;
  readonly encryptor: RoomEncryptor;
  readonly decryptor: RoomDecryptor;
}

/** This device's end-to-end encryption. Loads in the background; everything waits for it as needed. */
export class OlmDevice {
  readonly #deps: OlmDeviceDeps;
  readonly #running: Promise<Running>;
  readonly #received: Emitter<ToDeviceMessage>;
  readonly #inbox = new SerialQueue();
  readonly #tracked = new Set<string>();
  readonly #news = new CryptoNews();
  #cancelLater: CancelTimer = () => {};
  /** Resolves when this device can encrypt and others can encrypt for it. Rejects with `crypto_failed`. */
  readonly ready: Promise<void>;

  constructor(deps: OlmDeviceDeps) {
    this.#deps = deps;
    this.#received = new Emitter((error) => deps.logger.error("a to-device listener failed", { error }));
    this.#running = this.#open();
    this.ready = this.#running
      .then(({ requests }) => requests.flushPatiently())
      .catch((cause: unknown) => {
        throw new CallError("crypto_failed", "Olm is not usable", { cause, retryable: true });
      });
    this.ready.catch((error: unknown) => {
      if (!deps.scope.isEnded) deps.logger.error("encryption did not start", { error });
    });
  }

  get received(): Happening<ToDeviceMessage> {
    return this.#received;
  }

  /** Takes what of a sync is encrypted. Resolves when its messages were handed out; never rejects. */
  receive(delta: SyncDelta, isFirst: boolean): Promise<void> {
    return this.#inbox.run(async () => {
      try {
        const { context, decryptor, encryptor, sender } = await this.#running;
        // Device lists that changed while this device was away are not in its first sync.
        if (isFirst) {
          await context.machine.markAllTrackedUsersAsDirty();
          sender.forgetAll();
          encryptor.forgetAll();
        }
        const changed = [...delta.crypto.changedUsers, ...delta.crypto.leftUsers];
        sender.forget(changed);
        encryptor.forget(changed);
        const { now, later } = this.#news.sort(delta.crypto);
        const urgent = isFirst ? delta.crypto : now;
        const hasRoomKeys = urgent ? await this.#feed(urgent) : false;
        if (later && !isFirst) this.#feedLater(context.clock, later);
        await decryptor.take(delta, hasRoomKeys);
      } catch (error) {
        this.#noteFault(error);
      }
    });
  }

  /** @returns true if keys of rooms have come */
  async #feed(delta: CryptoDelta): Promise<boolean> {
    const { receiver, requests } = await this.#running;
    const { hasFailed, hasRoomKeys } = await receiver.receive(delta);
    if (hasFailed) void this.#repairSessions(requests);
    else if (delta.changedUsers.length > 0 || delta.leftUsers.length > 0 || delta.oneTimeKeyCounts)
      requests.flushSoon();
    else requests.flushLater();
    return hasRoomKeys;
  }

  #feedLater(clock: Clock, delta: CryptoDelta): void {
    this.#cancelLater();
    this.#cancelLater = clock.after(COUNT_DELAY_MS, () => {
      this.#inbox.run(() => this.#feed(delta)).catch((error: unknown) => this.#noteFault(error));
    });
  }

  #noteFault(error: unknown): void {
    if (!this.#deps.scope.isEnded) this.#deps.logger.error("a sync could not be decrypted", { error });
  }

  /** How many syncs wait for decryption. */
  get backlog(): number {
    return this.#inbox.length;
  }

  /** Keeps an eye on the devices of these users, so that a message to them needs no query. Never rejects. */
  async track(userIds: Iterable<string>): Promise<void> {
    const fresh = Array.from(userIds).filter((userId) => !this.#tracked.has(userId));
    const room = MAX_TRACKED_USERS - this.#tracked.size;
    const added = fresh.slice(0, Math.max(0, room));
    if (added.length === 0) return;
    for (const userId of added) this.#tracked.add(userId);
    try {
      const { context, requests } = await this.#running;
      await context.machine.updateTrackedUsers(olmUserIds(context.olm, added));
      requests.flushSoon();
    } catch (error) {
      if (!this.#deps.scope.isEnded) this.#deps.logger.warn("devices cannot be followed", { error });
    }
  }

  async send(type: string, recipients: readonly DeviceAddress[], content: object): Promise<readonly DeliveryOutcome[]> {
    const { sender } = await this.#usable();
    return sender.send(type, recipients, content);
  }

  /** @throws {MatrixRtcError} */
  async facts(devices: readonly DeviceAddress[]): Promise<readonly DeviceFacts[]> {
    const { sender } = await this.#usable();
    return sender.facts(devices);
  }

  /** @throws {MatrixRtcError} */
  async encrypt(room: EncryptedRoom, type: string, content: object): Promise<SealedContent> {
    const { encryptor } = await this.#usable();
    return encryptor.encrypt(room, type, content);
  }

  async prepare(recipients: readonly DeviceAddress[]): Promise<void> {
    try {
      const { sender } = await this.#usable();
      await sender.prepare(recipients);
    } catch (error) {
      if (!this.#deps.scope.isEnded) this.#deps.logger.debug("sessions could not be prepared", { error });
    }
  }

  /** A session that has lost its step is replaced: claim a key, then tell the other side by an empty message. */
  async #repairSessions(requests: OlmRequests): Promise<void> {
    await this.prepare([]);
    requests.flushSoon();
  }

  async #usable(): Promise<Running> {
    try {
      return await this.#running;
    } catch (cause) {
      throw new MatrixRtcError("unsupported", "This device has no working encryption", { cause });
    }
  }

  async #open(): Promise<Running> {
    const context = await openOlmContext(this.#deps);
    const requests = new OlmRequests(context);
    const ratchets = new SerialQueue();
    const sender = new OlmSender(context, requests, ratchets);
    context.scope.onEnd(async () => {
      this.#cancelLater();
      // Requests have been aborted by now; the machine must not be closed under a task that still uses it.
      await Promise.all([this.#inbox.idle(), ratchets.idle(), requests.idle()]);
      context.machine.close();
    });
    const receiver = new OlmReceiver(context, this.#received);
    const encryptor = new RoomEncryptor(context, requests, ratchets);
    return { context, requests, sender, receiver, encryptor, decryptor: new RoomDecryptor(context, this.#deps) };
  }
}

import { type DelayId, type EventId, type MatrixPort, MatrixRtcError, type RoomId } from "@conclave/matrix-rtc";

import type { HomeserverClient } from "./HomeserverClient.ts";
import { type OutgoingMessage, scheduleMessage, sendMessage } from "./roomEvents.ts";
import { SerialQueue } from "./SerialQueue.ts";

/** Messages of one room that may wait; a call sends a few a minute. */
const MAX_WAITING = 100;
const FULL_RETRY_MS = 1000;

/** What goes over the wire. */
export interface SealedContent {
  readonly type: string;
  readonly content: object;
}

export interface RoomSenderDeps {
  readonly client: HomeserverClient;
  readonly nextTransactionId: () => string;
  /** Encrypts what has to be encrypted in that room. @throws {MatrixRtcError} */
  readonly seal: (roomId: RoomId, type: string, content: object) => Promise<SealedContent>;
}

/** Sends message events, those of one room one after the other: they arrive in the order of the calls. */
export class RoomSender {
  readonly #deps: RoomSenderDeps;
  /** Rooms in which something waits. */
  readonly #queues = new Map<RoomId, SerialQueue>();

  constructor(deps: RoomSenderDeps) {
    this.#deps = deps;
  }

  // The port's signature.
  send(...[roomId, type, content, options]: Parameters<MatrixPort["sendEvent"]>): Promise<EventId> {
    return this.#inTurn(roomId, async () =>
      sendMessage(this.#deps.client, { ...(await this.#prepare(roomId, type, content)), ...options }),
    );
  }

  schedule(...[roomId, type, content, options]: Parameters<MatrixPort["scheduleEvent"]>): Promise<DelayId> {
    const { delayMs, stickyForMs } = options;
    return this.#inTurn(roomId, async () =>
      scheduleMessage(this.#deps.client, { ...(await this.#prepare(roomId, type, content)), stickyForMs }, delayMs),
    );
  }

  async #prepare(roomId: RoomId, type: string, content: object): Promise<OutgoingMessage> {
    const sealed = await this.#deps.seal(roomId, type, content);
    return { roomId, ...sealed, transactionId: this.#deps.nextTransactionId() };
  }

  async #inTurn<T>(roomId: RoomId, task: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(roomId) ?? new SerialQueue();
    if (queue.length >= MAX_WAITING) {
      const limit = { retryable: true, retryAfterMs: FULL_RETRY_MS };
      throw new MatrixRtcError("rate_limited", "Too many messages of the room wait", limit);
    }
    this.#queues.set(roomId, queue);
    try {
      return await queue.run(task);
    } finally {
      if (queue.length === 0) this.#queues.delete(roomId);
    }
  }
}

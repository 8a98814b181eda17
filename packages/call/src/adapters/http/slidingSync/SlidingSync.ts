import type { Clock } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";

import type { HomeserverClient } from "../HomeserverClient.ts";
import { HomeserverRefusal } from "../httpError.ts";
import {
  ANSWER_MS,
  FIRST_RETRIES,
  LONG_POLL_MS,
  MAX_SYNC_BYTES,
  type SyncSource,
  type SyncStep,
} from "../SyncSource.ts";
import { type SlidingAnswer, slidingAnswer, type ToldTimeline } from "./slidingAnswer.ts";
import { slidingRequest } from "./slidingRequest.ts";
import { WantedRooms } from "./WantedRooms.ts";

const PATH = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";

export interface SlidingSyncDeps {
  readonly client: HomeserverClient;
  readonly clock: Clock;
  /** Whose rooms these are, once it is known. */
  readonly userId: () => string;
}

/**
 * Simplified sliding sync: news of the rooms that are wanted and of no others. A new account has no rooms: until it is in
 * one, the first that it comes into is asked for whichever it is, so that a join need not be followed by a question.
 *
 * @see MSC4186, MSC4480 (sticky events)
 */
export class SlidingSync implements SyncSource {
  readonly #deps: SlidingSyncDeps;
  readonly #wanted: WantedRooms;
  /** Rooms that have come whole, with what of their timelines came last. */
  readonly #known = new Map<RoomId, ToldTimeline | undefined>();
  #hasNoRooms = false;
  #pos: string | undefined;
  #toDeviceSince: string | undefined;
  #stickySince: string | undefined;

  constructor(deps: SlidingSyncDeps) {
    this.#deps = deps;
    this.#wanted = new WantedRooms(deps.clock);
  }

  want(roomId: RoomId): void {
    this.#wanted.add(roomId);
  }

  /** The account has just been made. */
  expectFirstRoom(): void {
    this.#hasNoRooms = true;
  }

  async next(isAtOnce = false): Promise<SyncStep> {
    const isFirst = this.#pos === undefined;
    try {
      return { delta: this.#take(await this.#ask(isAtOnce)), isFirst };
    } catch (error) {
      if (isFirst || !isUnknownPos(error)) throw error;
      // The server has forgotten the connection; messages are acknowledged by a token of their own, which stays.
      this.#pos = undefined;
      this.#stickySince = undefined;
      return this.next();
    }
  }

  async #ask(isAtOnce: boolean): Promise<SlidingAnswer> {
    for (;;) {
      const attempt = new AbortController();
      const wantsAnyRoom = this.#hasNoRooms;
      const isWaiting = this.#pos !== undefined && !isAtOnce;
      const question = this.#request(wantsAnyRoom, isWaiting ? LONG_POLL_MS : 0, attempt.signal);
      if (isWaiting) this.#wanted.waitWith((reason) => attempt.abort(reason), wantsAnyRoom);
      try {
        const body = await question;
        if (!attempt.signal.aborted) return slidingAnswer(body, this.#deps.userId(), this.#known);
      } catch (error) {
        if (!attempt.signal.aborted) throw error;
      } finally {
        this.#wanted.waitEnded();
      }
    }
  }

  #request(wantsAnyRoom: boolean, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const pos = this.#pos;
    return this.#deps.client.json({
      method: "POST",
      path: PATH,
      query: { timeout: String(timeoutMs), set_presence: "offline", ...(pos === undefined ? {} : { pos }) },
      body: slidingRequest({
        rooms: this.#wanted.all,
        wantsAnyRoom,
        toDeviceSince: this.#toDeviceSince,
        stickySince: this.#stickySince,
      }),
      timeoutMs: timeoutMs + ANSWER_MS,
      retries: pos === undefined ? FIRST_RETRIES : 0,
      maxBodyBytes: MAX_SYNC_BYTES,
      signal,
    });
  }

  #take(answer: SlidingAnswer): SlidingAnswer["delta"] {
    this.#pos = answer.pos;
    this.#toDeviceSince = answer.toDeviceSince ?? this.#toDeviceSince;
    const hadToken = this.#stickySince !== undefined;
    this.#stickySince = answer.stickySince ?? this.#stickySince;
    for (const roomId of answer.whole) {
      this.#known.set(roomId, this.#known.get(roomId));
      // Asked for from now on, wanted or not: Synapse forgets what happens in a room that it has sent and is not asked for.
      this.#wanted.add(roomId);
    }
    for (const [roomId, told] of answer.told) if (this.#known.has(roomId)) this.#known.set(roomId, told);
    for (const roomId of answer.delta.left) this.#known.delete(roomId);
    if (answer.whole.length === 0) return answer.delta;
    this.#hasNoRooms = false;
    // Not every server sends a new room's older sticky events to somebody with a token; asking without one brings all.
    if (hadToken) this.#stickySince = undefined;
    return answer.delta;
  }
}

function isUnknownPos(error: unknown): boolean {
  return error instanceof HomeserverRefusal && error.refusal.errcode === "M_UNKNOWN_POS";
}

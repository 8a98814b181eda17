import type { CancelTimer } from "@conclave/kit";

import type { Core } from "../Core.ts";
import { limitExceeded, MatrixError, notFound } from "../errors.ts";
import { newOpaqueId } from "../ids.ts";
import type { JsonObject } from "../json.ts";
import type { DelayedRow, DelayedStore } from "../store/DelayedStore.ts";
import { appendEvent } from "./appendEvent.ts";
import type { EventDraft, RoomEvent } from "./model.ts";

/**
 * So long after a start an owner may still restart what fell due meanwhile: while nobody could be reached, nobody's
 * silence meant anything. Nothing of who is gone is sent more than a second late.
 */
const START_GRACE_MS = 900;
/** The same for an owner who has asked for anything since: it is there, and busy like the server. */
const HEARD_GRACE_MS = 3_000;
const MAX_HEARD = 10_000;
/** The owner cannot be told when a slot becomes free, so it asks again after this. */
const FULL_RETRY_MS = 5_000;

export type DelayedAction = "restart" | "send" | "cancel";

/**
 * MSC4140: events that are sent when nobody says otherwise in time. Rows live in the database, one timer waits for
 * the earliest, and whatever fell due while the process was dead is sent 0.9 s after it starts, 3 s if its owner has
 * been heard since, unless the owner says otherwise by then: late rather than never.
 *
 * @see MSC4140, in the form that Synapse and deployed clients speak
 */
export class DelayedEvents {
  readonly #store: DelayedStore;
  #core: Core | undefined;
  #cancelTimer: CancelTimer = () => {};
  #isFiring = false;
  #startedAtMs = 0;
  /** Users who have asked for anything since the start, as long as that matters. */
  readonly #heard = new Set<string>();

  constructor(store: DelayedStore) {
    this.#store = store;
  }

  /** Waits for what is due, and a moment longer for what is overdue. */
  start(core: Core): void {
    this.#core = core;
    this.#startedAtMs = core.clock.nowMs();
    this.#store.postpone(this.#startedAtMs + START_GRACE_MS);
    this.#wait();
  }

  /** A user has made a request. */
  heard(userId: string, nowMs: number): void {
    if (nowMs >= this.#startedAtMs + HEARD_GRACE_MS) this.#heard.clear();
    else if (this.#heard.size < MAX_HEARD) this.#heard.add(userId);
  }

  close(): void {
    this.#cancelTimer();
    this.#core = undefined;
  }

  /** @returns the delay id, which is all that is needed to restart, send or cancel the event */
  schedule(core: Core, draft: EventDraft, delayMs: number): string {
    const { maxDelayMs, maxDelayedPerUser } = core.config.limits;
    if (delayMs > maxDelayMs) {
      // The form of older Synapse: the only one that matrix-js-sdk understands, and shortens its delay upon.
      throw new MatrixError(400, "M_UNKNOWN", "The requested delay exceeds the allowed maximum.", {
        "org.matrix.msc4140.errcode": "M_MAX_DELAY_EXCEEDED",
        "org.matrix.msc4140.max_delay": maxDelayMs,
      });
    }
    if (this.#store.countWaiting(draft.sender) >= maxDelayedPerUser)
      throw limitExceeded("Too many delayed events are waiting", FULL_RETRY_MS);
    const delayId = newOpaqueId(core.random);
    this.#store.add(delayId, draft, { delayMs, nowMs: core.clock.nowMs() });
    core.db.afterCommit(() => this.#wait());
    return delayId;
  }

  /** @throws {MatrixError} `M_NOT_FOUND` if there is no such event or it is done with; what the room says to `send` */
  act(core: Core, delayId: string, action: DelayedAction): void {
    const refusal = core.db.write(() => {
      core.db.afterCommit(() => this.#wait());
      const row = this.#store.waiting(delayId);
      if (!row) throw notFound("Unknown or finished delayed event");
      const nowMs = core.clock.nowMs();
      if (action === "restart") this.#store.restart(delayId, nowMs);
      else if (action === "cancel") this.#store.finish(row, { atMs: nowMs });
      else return this.#send(core, row);
      return undefined;
    });
    if (refusal) throw refusal;
  }

  /** A state event by somebody else makes waiting ones for the same state pointless: they are cancelled. */
  stateChanged(event: RoomEvent): void {
    if (event.stateKey === undefined) return;
    this.#store.cancelOthers(event);
  }

  /** Cancels everything of somebody whose account goes away. */
  cancelAllOf(core: Core, userId: string): void {
    this.#store.cancelAllOf(userId, core.clock.nowMs());
    core.db.afterCommit(() => this.#wait());
  }

  /** Whose event waits under this id. */
  ownerOf(delayId: string): string | undefined {
    return this.#store.waiting(delayId)?.draft.sender;
  }

  list(userId: string, delayId?: string): JsonObject[] {
    const rows = delayId === undefined ? this.#store.ofUser(userId) : [this.#store.one(userId, delayId)];
    return rows.filter((row) => row !== undefined).map(describe);
  }

  #fireDue(): void {
    const core = this.#core;
    if (!core || this.#isFiring) return;
    this.#isFiring = true;
    try {
      const nowMs = core.clock.nowMs();
      core.db.write(() => {
        for (const row of this.#store.due(nowMs)) {
          if (this.#mayStillBeRestarted(row, nowMs))
            this.#store.putOff(row.delayId, this.#startedAtMs + HEARD_GRACE_MS);
          else this.#fire(core, row);
        }
        this.#store.prune(nowMs);
      });
    } finally {
      this.#isFiring = false;
      this.#wait();
    }
  }

  /** From before the start, and its owner is there. */
  #mayStillBeRestarted({ draft, scheduledAtMs }: DelayedRow, nowMs: number): boolean {
    const isNew = scheduledAtMs >= this.#startedAtMs || nowMs >= this.#startedAtMs + HEARD_GRACE_MS;
    return !isNew && this.#heard.has(draft.sender);
  }

  #fire(core: Core, row: DelayedRow): void {
    // One that fired a moment before may have cancelled this one.
    if (this.#store.waiting(row.delayId)) this.#send(core, row);
  }

  /** Everything is checked again now: whoever lost the right to send loses the event. */
  #send(core: Core, row: DelayedRow): MatrixError | undefined {
    const atMs = core.clock.nowMs();
    try {
      const event = appendEvent(core, { ...row.draft, delayId: row.delayId });
      this.#store.finish(row, { atMs, eventId: event.eventId });
      return undefined;
    } catch (cause) {
      if (!(cause instanceof MatrixError)) throw cause;
      this.#store.finish(row, { atMs, error: cause.code });
      core.logger.debug("Delayed event refused", { code: cause.code });
      return cause;
    }
  }

  #wait(): void {
    this.#cancelTimer();
    const core = this.#core;
    if (!core) return;
    const dueAtMs = this.#store.nextDueAtMs();
    if (dueAtMs === undefined) return;
    this.#cancelTimer = core.clock.after(Math.max(0, dueAtMs - core.clock.nowMs()), () => this.#fireDue());
  }
}

function describe(row: DelayedRow): JsonObject {
  const { draft } = row;
  return {
    delay_id: row.delayId,
    room_id: draft.roomId,
    type: draft.type,
    ...(draft.stateKey !== undefined && { state_key: draft.stateKey }),
    delay: row.delayMs,
    delay_ms: row.delayMs,
    running_since: row.scheduledAtMs,
    scheduled_at: row.scheduledAtMs,
    content: draft.content,
    ...(row.finalisedAtMs !== undefined && { finalised_ts: row.finalisedAtMs }),
    ...(row.eventId !== undefined && { event_id: row.eventId }),
    ...(row.error !== undefined && { error: { errcode: row.error } }),
  };
}

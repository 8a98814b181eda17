import type { CancelTimer, Clock } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";

/** Rooms of one session; of more the oldest get no news any longer. */
const MAX_ROOMS = 100;
/** A room that is on its way anyway is waited for so long before it is asked for by name. */
const PATIENCE_MS = 1_000;

/** The rooms that a session wants news of, and whether a request that waits has to be asked anew for one of them. */
export class WantedRooms {
  readonly #clock: Clock;
  readonly #rooms = new Set<RoomId>();
  #asked: ReadonlySet<RoomId> = new Set();
  #abort: ((reason: Error) => void) | undefined;
  #isAnyRoomAsked = false;
  #cancelTimer: CancelTimer = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get all(): readonly RoomId[] {
    return [...this.#rooms];
  }

  add(roomId: RoomId): void {
    if (this.#rooms.has(roomId)) return;
    this.#rooms.add(roomId);
    const oldest = this.#rooms.values().next();
    if (this.#rooms.size > MAX_ROOMS && !oldest.done) this.#rooms.delete(oldest.value);
    if (!this.#abort || this.#asked.has(roomId)) return;
    if (this.#isAnyRoomAsked) this.#cancelTimer = this.#clock.after(PATIENCE_MS, () => this.#askAnew());
    else this.#askAnew();
  }

  /** A request has gone out for the rooms of now, and waits. `abort` makes it be asked anew. */
  waitWith(abort: (reason: Error) => void, isAnyRoomAsked: boolean): void {
    this.#asked = new Set(this.#rooms);
    this.#abort = abort;
    this.#isAnyRoomAsked = isAnyRoomAsked;
  }

  /** The request is over. */
  waitEnded(): void {
    this.#cancelTimer();
    this.#abort = undefined;
  }

  #askAnew(): void {
    this.#abort?.(new Error("Asked anew, for one more room"));
  }
}

import type { Clock } from "@conclave/kit";

import { keyOf, type Place } from "../leave/LeaveJob.ts";
import type { MatrixMember } from "../ports.ts";

/** A token is good for ten minutes; whoever has not come by then does not come with it. */
const AWAITED_MS = 600_000;
const MAX_PLACES = 20_000;

/** Somebody on the SFU, and who that is in Matrix. */
export interface Presence {
  readonly place: Place;
  readonly member: MatrixMember;
}

/** Who was given a token, and whether they came. Forgets the oldest beyond its bound. */
export class GrantLedger {
  readonly #awaited = new Map<string, Presence & { readonly untilMs: number }>();
  readonly #present = new Map<string, Presence>();
  readonly #clock: Clock;
  readonly #onNeverJoined: () => void;

  constructor(clock: Clock, onNeverJoined: () => void) {
    this.#clock = clock;
    this.#onNeverJoined = onNeverJoined;
  }

  granted(place: Place, member: MatrixMember): void {
    this.settle();
    const key = keyOf(place);
    if (this.#present.has(key)) return;
    put(this.#awaited, key, { place, member, untilMs: this.#clock.monotonicMs() + AWAITED_MS });
  }

  /** Returns who that is in Matrix, if we gave the token. */
  joined(place: Place): MatrixMember | undefined {
    const key = keyOf(place);
    const entry = this.#awaited.get(key) ?? this.#present.get(key);
    if (!entry) return undefined;
    this.#awaited.delete(key);
    put(this.#present, key, { place: entry.place, member: entry.member });
    return entry.member;
  }

  left(place: Place): void {
    this.#present.delete(keyOf(place));
  }

  /** Those who are on the SFU as far as we were told. */
  get present(): readonly Presence[] {
    return [...this.#present.values()];
  }

  /** Counts those whose token ran out before they came. */
  settle(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, { untilMs }] of this.#awaited) {
      if (untilMs > nowMs) return;
      this.#awaited.delete(key);
      this.#onNeverJoined();
    }
  }
}

/** The newest last, so that the first is the one to forget. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_PLACES) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

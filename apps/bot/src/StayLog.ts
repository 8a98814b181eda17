import type { Clock } from "@conclave/kit";

import type { Stay } from "./model.ts";

/** Marks on the monotonic clock, as a call keeps them. */
export type Marks = ReadonlyMap<string, number>;

interface OpenStay {
  readonly askedAtMs: number;
  joinedAtMs?: number;
  leftAtMs?: number;
  failure?: NonNullable<Stay["failure"]>;
  marks: Marks;
}

/** The stays of one bot, one after the other. */
export class StayLog {
  readonly #clock: Clock;
  readonly #stays: OpenStay[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): void {
    this.#stays.push({ askedAtMs: this.#clock.nowMs(), marks: new Map() });
  }

  joined(marks: Marks): void {
    const stay = this.#newest();
    if (!stay) return;
    stay.joinedAtMs = this.#clock.nowMs();
    stay.marks = marks;
  }

  left(): void {
    const stay = this.#newest();
    if (stay) stay.leftAtMs ??= this.#clock.nowMs();
  }

  failed(failure: NonNullable<Stay["failure"]>): void {
    const stay = this.#newest();
    if (stay) stay.failure ??= failure;
    this.left();
  }

  stays(): readonly Stay[] {
    return this.#stays.map(({ marks, ...stay }) => ({ ...stay, marks: this.#instants(marks) }));
  }

  #newest(): OpenStay | undefined {
    return this.#stays.at(-1);
  }

  /** From the monotonic clock to instants. */
  #instants(marks: Marks): Readonly<Record<string, number>> {
    const offsetMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    return Object.fromEntries(Array.from(marks, ([name, atMs]) => [name, Math.round(offsetMs + atMs)]));
  }
}

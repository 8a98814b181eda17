import type { Clock } from "@conclave/kit";

import type { FrameWitness, WitnessedFrame } from "../crypto/FrameWitness.ts";
import { checkFrame } from "../media/index.ts";
import type { StreamReport } from "../model.ts";
import { StreamTally } from "./StreamTally.ts";

/** Tracks of others that one bot keeps account of; junk from a hostile SFU must not fill the memory. */
const MAX_STREAMS = 2_000;

interface Entry {
  readonly identity: string;
  readonly tally: StreamTally;
  /** Bot behind the identity; asked for until it is known. */
  number: number | undefined;
}

/** Checks the content of each frame that one bot receives, and keeps account of it per sender and kind. */
export class FrameLedger implements FrameWitness {
  readonly #clock: Clock;
  readonly #numberOf: (identity: string) => number | undefined;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, numberOf: (identity: string) => number | undefined) {
    this.#clock = clock;
    this.#numberOf = numberOf;
  }

  beginStay(): void {
    for (const { tally } of this.#entries.values()) tally.beginStay();
  }

  frameReceived({ identity, kind, outcome, frame }: WitnessedFrame): void {
    const entry = this.#entry(identity, kind);
    if (!entry) return;
    const nowMs = this.#clock.nowMs();
    const checked = checkFrame(frame, kind);
    entry.number ??= this.#numberOf(identity);
    if (outcome === "decrypted" || outcome === "passthrough") entry.tally.noteReadable(checked, entry.number, nowMs);
    else entry.tally.noteUnreadable(outcome, checked, nowMs);
  }

  reports(): readonly StreamReport[] {
    return [...this.#entries.values()].flatMap(({ identity, number, tally }) => {
      const report = tally.report(number ?? this.#numberOf(identity));
      return report ? [report] : [];
    });
  }

  #entry(identity: string, kind: WitnessedFrame["kind"]): Entry | undefined {
    const key = `${kind} ${identity}`;
    const known = this.#entries.get(key);
    if (known || this.#entries.size >= MAX_STREAMS) return known;
    const entry = { identity, tally: new StreamTally(kind), number: undefined };
    this.#entries.set(key, entry);
    return entry;
  }
}

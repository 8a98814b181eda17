import type { MediaKind } from "@conclave/frame-crypto";
import type { Clock } from "@conclave/kit";

import type { FrameWitness, WitnessedFrame } from "../crypto/FrameWitness.ts";
import { checkFrame } from "../media/index.ts";
import type { StreamReport } from "../model.ts";
import { StreamTally } from "./StreamTally.ts";

/** Tracks of others that one bot keeps account of; junk from a hostile SFU must not fill the memory. */
const MAX_STREAMS = 2_000;

export interface FrameLedgerDeps {
  readonly clock: Clock;
  /** The bot behind an SFU identity. */
  readonly numberOf: (identity: string) => number | undefined;
  /** Whether the frames of a bot carry a stamp. */
  readonly isStamping: (number: number) => boolean;
}

interface Entry {
  readonly identity: string;
  readonly tally: StreamTally;
  /** Bot behind the identity; asked for until it is known. */
  number: number | undefined;
}

/** Checks the content of each frame that one bot receives, and keeps account of it per sender and kind. */
export class FrameLedger implements FrameWitness {
  readonly #deps: FrameLedgerDeps;
  /** By kind, then identity: a frame costs two look-ups and no text. */
  readonly #entries = { audio: new Map<string, Entry>(), video: new Map<string, Entry>() };

  constructor(deps: FrameLedgerDeps) {
    this.#deps = deps;
  }

  beginStay(): void {
    for (const { tally } of this.#all()) tally.beginStay();
  }

  frameReceived({ identity, kind, outcome, frame }: WitnessedFrame): void {
    const entry = this.#entry(identity, kind);
    if (!entry) return;
    const { clock, isStamping, numberOf } = this.#deps;
    const nowMs = clock.nowMs();
    const checked = checkFrame(frame, kind);
    entry.number ??= numberOf(identity);
    const isReadable = outcome === "decrypted" || outcome === "passthrough";
    if (isReadable && !checked && entry.number !== undefined && !isStamping(entry.number))
      entry.tally.noteAuthentic(nowMs);
    else if (isReadable) entry.tally.noteReadable(checked, entry.number, nowMs);
    else entry.tally.noteUnreadable(outcome, checked, nowMs);
  }

  reports(): readonly StreamReport[] {
    return this.#all().flatMap(({ identity, number, tally }) => {
      const report = tally.report(number ?? this.#deps.numberOf(identity));
      return report ? [report] : [];
    });
  }

  #entry(identity: string, kind: MediaKind): Entry | undefined {
    const known = this.#entries[kind].get(identity);
    if (known || this.#entries.audio.size + this.#entries.video.size >= MAX_STREAMS) return known;
    const entry = { identity, tally: new StreamTally(kind), number: undefined };
    this.#entries[kind].set(identity, entry);
    return entry;
  }

  #all(): readonly Entry[] {
    return [...this.#entries.audio.values(), ...this.#entries.video.values()];
  }
}

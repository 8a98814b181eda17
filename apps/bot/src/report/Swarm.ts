import type { MediaKind } from "@conclave/frame-crypto";

import type { BotReport, StreamReport } from "../model.ts";
import { groupBy } from "./groupBy.ts";
import { expectedStreams, type ExpectedStream, type ExpectOptions } from "./expectedStreams.ts";

/** All bots of a run with an index over what they tell. Bots are in the order of their numbers, whoever reported first. */
export class Swarm {
  readonly bots: readonly BotReport[];
  readonly endMs: number;
  readonly expected: readonly ExpectedStream[];
  readonly #byNumber: ReadonlyMap<number, BotReport>;
  readonly #receivers: ReadonlyMap<string, readonly number[]>;
  readonly #streams: ReadonlyMap<string, StreamReport>;

  constructor(bots: readonly BotReport[], options: ExpectOptions) {
    this.bots = bots.toSorted((a, b) => a.number - b.number);
    this.endMs = options.endMs;
    this.#byNumber = new Map(this.bots.map((bot) => [bot.number, bot]));
    this.#streams = new Map(
      this.bots.flatMap((bot) =>
        bot.received.map((stream) => [streamKey(bot.number, stream.from, stream.kind), stream]),
      ),
    );
    this.expected = expectedStreams(this.bots, options);
    const byTrack = groupBy(this.expected, ({ sender, kind }) => `${sender} ${kind}`);
    this.#receivers = new Map([...byTrack].map(([track, streams]) => [track, streams.map(({ receiver }) => receiver)]));
  }

  /** Those that must have decrypted the track. */
  receiversOf(sender: number, kind: MediaKind): readonly number[] {
    return this.#receivers.get(`${sender} ${kind}`) ?? [];
  }

  bot(number: number): BotReport | undefined {
    return this.#byNumber.get(number);
  }

  /** What the receiver tells of the sender's track; `undefined` if it never heard of it. */
  stream(receiver: number, sender: number, kind: MediaKind): StreamReport | undefined {
    return this.#streams.get(streamKey(receiver, sender, kind));
  }

  /** Mean time from one sent frame to the next; `undefined` if none was sent. */
  frameIntervalMs(sender: number, kind: MediaKind): number | undefined {
    let frames = 0;
    let durationMs = 0;
    for (const interval of this.bot(sender)?.sent ?? []) {
      if (interval.kind !== kind) continue;
      frames += interval.frames;
      durationMs += (interval.toMs ?? this.endMs) - interval.fromMs;
    }
    return frames === 0 ? undefined : durationMs / frames;
  }

  framesSent(sender: number, kinds: ReadonlySet<MediaKind>): number {
    return (this.bot(sender)?.sent ?? []).reduce((sum, { kind, frames }) => sum + (kinds.has(kind) ? frames : 0), 0);
  }
}

function streamKey(receiver: number, sender: number, kind: MediaKind): string {
  return `${receiver} ${sender} ${kind}`;
}

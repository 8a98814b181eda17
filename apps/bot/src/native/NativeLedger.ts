import type { MediaKind } from "@conclave/frame-crypto";
import type { Clock } from "@conclave/kit";

import { type I420Picture, type MediaPerson, mediaPersonOf } from "../media/index.ts";
import { type KeyState, NO_FRAMES, type StreamReport } from "../model.ts";
import type { NativeReceiver } from "./NativeReceiver.ts";
import { PictureTally } from "./PictureTally.ts";
import { ToneTally } from "./ToneTally.ts";

/** Tracks of others that one bot keeps account of; junk from a hostile SFU must not fill the memory. */
const MAX_STREAMS = 2_000;

interface Stream {
  readonly identity: string;
  readonly kind: MediaKind;
  readonly pictures: PictureTally;
  readonly tones: ToneTally;
  receiver: NativeReceiver;
  firstKeyAtMs?: number | undefined;
  firstDecryptedAtMs?: number;
  lastDecryptedAtMs?: number;
}

/** A track whose decoded content is to be judged. */
export interface Witness {
  see(picture: I420Picture): void;
  hear(samples: Int16Array, sampleRate: number): void;
  /** The sender has said that it is silent from now on. */
  muted(): void;
}

/** Judges the content of everything that one bot decodes, and keeps account of it per sender and kind. */
export class NativeLedger {
  readonly #clock: Clock;
  readonly #numberOf: (identity: string) => number | undefined;
  readonly #streams = new Map<string, Stream>();

  constructor(clock: Clock, numberOf: (identity: string) => number | undefined) {
    this.#clock = clock;
    this.#numberOf = numberOf;
  }

  /** @param isPlain the SFU announces it without encryption although the room has it */
  witness(receiver: NativeReceiver, isPlain: boolean): Witness {
    const stream = this.#stream(receiver);
    stream?.pictures.beginTrack();
    stream?.tones.beginTrack();
    return {
      see: (picture) => stream && this.#see(stream, picture, isPlain),
      hear: (samples, sampleRate) => stream && this.#hear(stream, { samples, sampleRate }, isPlain),
      muted() {
        stream?.pictures.beginTrack();
        stream?.tones.beginTrack();
      },
    };
  }

  reports(numberOf: (identity: string) => number | undefined = this.#numberOf): readonly StreamReport[] {
    return [...this.#streams.values()].flatMap((stream) => {
      const from = numberOf(stream.identity);
      return from === undefined ? [] : [reportOf(stream, from)];
    });
  }

  #see(stream: Stream, picture: I420Picture, isPlain: boolean): void {
    if (isPlain) return void stream.pictures.seePlain();
    const wasKeyless = isFailing(stream);
    const nowMs = this.#clock.nowMs();
    const seen = stream.pictures.see(picture, this.#personOf(stream), { nowMs, wasKeyless });
    stream.receiver.noteDecoded(1);
    if (seen === "good") noteGood(stream, nowMs);
  }

  #hear(stream: Stream, { samples, sampleRate }: { samples: Int16Array; sampleRate: number }, isPlain: boolean): void {
    if (isPlain) return stream.tones.hearPlain(samples, sampleRate);
    const wasKeyless = isFailing(stream);
    const isGood = stream.tones.hear(samples, this.#personOf(stream)?.toneHz, { sampleRate, wasKeyless });
    if (!isGood) return;
    // What is decoded of nothing is silence or a fading echo, so only sound says that frames were decrypted.
    stream.receiver.noteDecoded(1);
    noteGood(stream, this.#clock.nowMs());
  }

  #personOf({ identity }: Stream): MediaPerson | undefined {
    const number = this.#numberOf(identity);
    return number === undefined ? undefined : mediaPersonOf(number);
  }

  #stream(receiver: NativeReceiver): Stream | undefined {
    const { identity, kind } = receiver;
    const key = `${kind} ${identity}`;
    const known = this.#streams.get(key);
    if (known) {
      known.receiver = receiver;
      return known;
    }
    if (this.#streams.size >= MAX_STREAMS) return undefined;
    const pictures = new PictureTally();
    const fresh: Stream = { identity, kind, pictures, tones: new ToneTally(), receiver };
    this.#streams.set(key, fresh);
    return fresh;
  }
}

function isFailing({ receiver }: Stream): boolean {
  return receiver.state === "no_key" || receiver.state === "auth_failed";
}

function noteGood(stream: Stream, nowMs: number): void {
  stream.firstDecryptedAtMs ??= nowMs;
  stream.lastDecryptedAtMs = nowMs;
}

function reportOf(stream: Stream, from: number): StreamReport {
  const { kind, pictures, receiver, tones } = stream;
  stream.firstKeyAtMs ??= receiver.firstKeyAtMs;
  const tally = kind === "audio" ? tones : pictures;
  const { firstDecryptedAtMs, firstKeyAtMs, lastDecryptedAtMs } = stream;
  return {
    from,
    kind,
    ...(firstKeyAtMs === undefined ? {} : { firstKeyAtMs }),
    ...(firstDecryptedAtMs === undefined ? {} : { firstDecryptedAtMs, firstPacketAtMs: firstDecryptedAtMs }),
    ...(lastDecryptedAtMs === undefined ? {} : { lastDecryptedAtMs, lastPacketAtMs: lastDecryptedAtMs }),
    counts: { ...NO_FRAMES, ...tally.counts },
    keyState: keyStateOf(receiver),
    longestGapMs: tally.longestGapMs,
    ...(pictures.psnrDb === undefined ? {} : { psnrDb: pictures.psnrDb }),
    ...(tones.toneHz === undefined ? {} : { toneHz: tones.toneHz }),
  };
}

function keyStateOf({ firstKeyAtMs, state }: NativeReceiver): KeyState {
  if (state === "ok") return "opens";
  if (state === "auth_failed") return "wrong";
  return firstKeyAtMs === undefined ? "none" : "held";
}

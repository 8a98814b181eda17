import type { MeasuredPicture } from "./PictureReader.ts";
import type { ContentTotal, ListedStream, StreamTotal } from "./totals.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Content extends Omit<Mutable<ContentTotal>, "sums" | "squares"> {
  readonly sums: [number, number, number];
  readonly squares: [number, number, number];
  /** Of the current run; `undefined` before its first. */
  runLastAtMs: number | undefined;
  lastFrame: number;
  lastPresented: number;
}

/** A run is a stretch of time in which the sender sends. What is between two runs is nobody's fault. */
interface Stream extends Omit<Mutable<StreamTotal>, "contents" | "deviceIds"> {
  readonly deviceIds: Set<string>;
  readonly contents: Map<string, Content>;
  memberId: string;
  isRunning: boolean;
  /** When the run's first picture came, readable or not. */
  runFirstAtMs: number | undefined;
  pendingSilent: number;
  tone: HeardTone | undefined;
}

/** A tone that is being heard. */
interface HeardTone {
  readonly toneHz: number;
  readonly firstAtMs: number;
  windows: number;
}

export type SeenFrame = Pick<MeasuredPicture, "person" | "frame" | "colour"> & Partial<MeasuredPicture>;

/** A picture in a video element. */
export interface ShownPicture {
  /** `undefined`: none of ours, or damaged. */
  readonly picture: SeenFrame | undefined;
  /** How many pictures this element has shown so far, those included that nobody looked at. */
  readonly presented: number;
}

/**
 * Keeps running totals of what was received from each sender. Does not know who should be seen where: it keeps one
 * total for each content, and the reader of the totals knows which one is right.
 *
 * Runs in the page, where its source is all there is: it refers to nothing outside itself. Bounded in streams, contents
 * and devices; what comes beyond that is not counted.
 */
export class StreamTotals {
  readonly #colours: readonly (readonly number[])[];
  readonly #streams = new Map<string, Stream>();
  readonly #limits = { streams: 1_024, contents: 32, devices: 16 };
  /** The first pictures of an encoder may be too coarse to read. */
  readonly #settleMs = 3_000;
  /** Silence as short as this before a mute is the way of the news. */
  readonly #graceWindows = 5;
  /** People pause without muting: a longer silence is meant, like one that follows a mute. */
  readonly #pauseWindows = 10;
  readonly #toneStepHz = 50;
  /** Where packets come late, a player stretches and squeezes sound, which moves a tone by so much. */
  readonly #stretch = 0.02;
  /** A tone lasts. What lasts less is what a decoder makes up where packets are late, or a fade. */
  readonly #windowsOfTone = 3;
  readonly #loopFrames = 150;

  /** @param colours all that cameras may show, sRGB */
  constructor(colours: readonly (readonly number[])[]) {
    this.#colours = colours;
  }

  /** Takes over the member list: tracks that are missing from it, muted or off the screen do not run. */
  list(listed: readonly ListedStream[], atMs: number): void {
    const present = new Set<Stream>();
    for (const entry of listed) {
      const stream = this.#streamOf(entry, atMs);
      if (!stream) continue;
      present.add(stream);
      this.#note(stream, entry, atMs);
    }
    for (const stream of this.#streams.values()) {
      if (present.has(stream)) continue;
      // It left or vanished: since when it sent nothing is not known here.
      if (stream.isRunning) this.#endRun(stream, undefined);
    }
  }

  picture(userId: string, { picture, presented }: ShownPicture, atMs: number): void {
    const stream = this.#streams.get(`${userId} video`);
    if (!stream?.isRunning) return;
    stream.runFirstAtMs ??= atMs;
    if (!picture) {
      if (this.#hasSettled(stream, atMs)) stream.unreadable++;
      return;
    }
    const content = this.#contentOf(stream, `${picture.person} ${this.#nearestColour(picture.colour)}`, atMs);
    if (!content) return;
    content.person = picture.person;
    if (!this.#advance(content, picture.frame, presented)) return;
    this.#count(content, atMs);
    for (const channel of [0, 1, 2] as const) {
      content.sums[channel] += picture.sums?.[channel] ?? 0;
      content.squares[channel] += picture.squares?.[channel] ?? 0;
    }
    content.pixels += picture.pixels ?? 0;
    content.stripError += picture.stripError ?? 0;
    content.stripSamples += picture.stripSamples ?? 0;
  }

  /** @param toneHz the strongest frequency of a window of sound; `undefined`: silence */
  sound(userId: string, toneHz: number | undefined, atMs: number): void {
    const stream = this.#streams.get(`${userId} audio`);
    if (!stream?.isRunning) return;
    if (stream.tone && this.#isStill(stream.tone, toneHz)) stream.tone.windows++;
    else if (toneHz === undefined) this.#changeTone(stream, undefined, atMs);
    else this.#changeTone(stream, Math.round(toneHz / this.#toneStepHz) * this.#toneStepHz, atMs);
    if (stream.tone && stream.tone.windows >= this.#windowsOfTone) this.#countTone(stream, stream.tone, atMs);
  }

  #isStill({ toneHz: heldHz }: Pick<HeardTone, "toneHz">, toneHz: number | undefined): boolean {
    return toneHz !== undefined && Math.abs(toneHz - heldHz) <= this.#toneStepHz / 2 + heldHz * this.#stretch;
  }

  #changeTone(stream: Stream, toneHz: number | undefined, atMs: number): void {
    const lost =
      (stream.tone && stream.tone.windows < this.#windowsOfTone ? stream.tone.windows : 0) + (toneHz ? 0 : 1);
    // Before the first tone of a run nothing can be missing.
    if (stream.runFirstAtMs !== undefined) stream.pendingSilent += lost;
    if (toneHz === undefined && stream.pendingSilent > this.#pauseWindows) this.#beginAnew(stream);
    stream.tone = toneHz === undefined ? undefined : { toneHz, firstAtMs: atMs, windows: 1 };
  }

  #countTone(stream: Stream, { toneHz, firstAtMs, windows }: HeardTone, atMs: number): void {
    // Stretched by a late packet, a tone is still the one that it was.
    const known = [...stream.contents.values()].find((content) => this.#isStill({ toneHz }, content.toneHz));
    const content = known ?? this.#contentOf(stream, String(toneHz), firstAtMs);
    if (!content) return;
    content.toneHz ??= toneHz;
    if (windows === this.#windowsOfTone) {
      this.#count(content, firstAtMs);
      content.count += windows - 2;
    }
    this.#count(content, atMs);
    stream.runFirstAtMs ??= firstAtMs;
    stream.silent += stream.pendingSilent;
    stream.pendingSilent = 0;
  }

  /** A gap that lasts is counted up to now. */
  read(atMs: number): readonly StreamTotal[] {
    return Array.from(this.#streams.values(), (stream) => ({
      userId: stream.userId,
      displayName: stream.displayName,
      deviceIds: [...stream.deviceIds],
      kind: stream.kind,
      signalledAtMs: stream.signalledAtMs,
      firstKeyAtMs: stream.firstKeyAtMs,
      keyState: stream.keyState,
      wasShown: stream.wasShown,
      unreadable: stream.unreadable,
      silent: stream.silent + this.#silenceThatCounts(stream),
      contents: Array.from(stream.contents.values(), (content) => this.#readContent(content, atMs)),
    }));
  }

  #readContent(content: Content, atMs: number): ContentTotal {
    const { runLastAtMs, lastFrame: _, lastPresented: __, ...total } = content;
    const gapMs = runLastAtMs === undefined ? 0 : atMs - runLastAtMs;
    return { ...total, longestGapMs: Math.max(total.longestGapMs, gapMs) };
  }

  #streamOf({ userId, displayName, memberId, kind }: ListedStream, atMs: number): Stream | undefined {
    const key = `${userId} ${kind}`;
    const known = this.#streams.get(key);
    if (known || this.#streams.size >= this.#limits.streams) return known;
    const stream: Stream = {
      userId,
      displayName,
      kind,
      memberId,
      deviceIds: new Set(),
      contents: new Map(),
      signalledAtMs: atMs,
      firstKeyAtMs: undefined,
      keyState: "none",
      wasShown: false,
      unreadable: 0,
      silent: 0,
      pendingSilent: 0,
      isRunning: false,
      runFirstAtMs: undefined,
      tone: undefined,
    };
    this.#streams.set(key, stream);
    return stream;
  }

  #note(stream: Stream, entry: ListedStream, atMs: number): void {
    if (stream.deviceIds.size < this.#limits.devices) stream.deviceIds.add(entry.deviceId);
    if (entry.keyState !== "none") stream.firstKeyAtMs ??= atMs;
    stream.keyState = entry.keyState;
    stream.displayName = entry.displayName;
    stream.wasShown ||= entry.isShown;
    const runs = entry.isSending && entry.isShown;
    if (stream.isRunning && stream.memberId !== entry.memberId) this.#endRun(stream, undefined);
    if (stream.isRunning && !runs) this.#endRun(stream, entry.isShown ? atMs : undefined);
    stream.memberId = entry.memberId;
    stream.isRunning = runs;
  }

  /** @param mutedAtMs when the sender stopped on purpose: up to then, something should have come */
  #endRun(stream: Stream, mutedAtMs: number | undefined): void {
    if (mutedAtMs !== undefined) stream.silent += this.#silenceThatCounts(stream);
    if (mutedAtMs !== undefined) for (const content of stream.contents.values()) this.#noteGap(content, mutedAtMs);
    stream.isRunning = false;
    this.#beginAnew(stream);
  }

  /** What comes next does not go on from what was before. */
  #beginAnew(stream: Stream): void {
    stream.pendingSilent = 0;
    stream.runFirstAtMs = undefined;
    stream.tone = undefined;
    for (const content of stream.contents.values()) content.runLastAtMs = undefined;
  }

  #silenceThatCounts({ pendingSilent }: Stream): number {
    return pendingSilent > this.#graceWindows ? pendingSilent : 0;
  }

  #hasSettled(stream: Stream, atMs: number): boolean {
    const hasBeenRead = [...stream.contents.values()].some(({ runLastAtMs }) => runLastAtMs !== undefined);
    return hasBeenRead || atMs - (stream.runFirstAtMs ?? atMs) > this.#settleMs;
  }

  #contentOf(stream: Stream, key: string, atMs: number): Content | undefined {
    const known = stream.contents.get(key);
    if (known || stream.contents.size >= this.#limits.contents) return known;
    const content: Content = {
      person: undefined,
      toneHz: undefined,
      count: 0,
      firstAtMs: atMs,
      lastAtMs: atMs,
      missing: 0,
      longestGapMs: 0,
      sums: [0, 0, 0],
      squares: [0, 0, 0],
      pixels: 0,
      stripError: 0,
      stripSamples: 0,
      runLastAtMs: undefined,
      lastFrame: 0,
      lastPresented: 0,
    };
    stream.contents.set(key, content);
    return content;
  }

  /** Notes the frames that were skipped. @returns false if this is the picture that was there before */
  #advance(content: Content, frame: number, presented: number): boolean {
    if (content.runLastAtMs !== undefined) {
      const step = (frame - content.lastFrame + this.#loopFrames) % this.#loopFrames;
      if (step === 0) return false;
      // Pictures that were shown while nobody looked are not missing. Another element counts anew.
      const unseen = Math.max(0, presented - content.lastPresented - 1);
      const isBackwards = step > this.#loopFrames * 0.9;
      if (!isBackwards) content.missing += Math.max(0, step - 1 - unseen);
    }
    content.lastFrame = frame;
    content.lastPresented = presented;
    return true;
  }

  #count(content: Content, atMs: number): void {
    this.#noteGap(content, atMs);
    content.count++;
    content.lastAtMs = atMs;
    content.runLastAtMs = atMs;
  }

  #noteGap(content: Content, untilMs: number): void {
    if (content.runLastAtMs === undefined) return;
    content.longestGapMs = Math.max(content.longestGapMs, untilMs - content.runLastAtMs);
  }

  #nearestColour(colour: readonly number[]): number {
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
    for (const [index, known] of this.#colours.entries()) {
      const distance = known.reduce((sum, value, channel) => sum + (value - colour[channel]!) ** 2, 0);
      if (distance < least) [nearest, least] = [index, distance];
    }
    return nearest;
  }
}

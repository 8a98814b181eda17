import type { Person, PersonBrowser } from "@conclave/bot/browser";
import { expect } from "vitest";

/** quality.md F7, F8: what nobody takes for an interruption. */
const MAX_GAP_MS = 200;

/**
 * How long somebody was not seen or heard by somebody else, at the longest. Counted on the clocks of the media, so that
 * a page that has no time for a moment is not taken for one that misses something.
 */
export interface MediaGaps {
  /** Between two decoded pictures that carry the person's mark, beyond the time from one picture to the next. */
  readonly pictureMs: number;
  readonly pictures: number;
  /** Without a playing video of the person on the page, to the nearest look at it. */
  readonly offScreenMs: number;
  /** Sound that was played without the person's tone in it. */
  readonly soundMs: number;
  readonly blocks: number;
}

/** Reads the gaps since the last reading and begins anew, with what is open counted on. */
export type ReadGaps = () => Promise<Readonly<Record<string, MediaGaps>>>;

/** Watches from now on how the others' pictures and sounds arrive in a browser, by their content. */
export async function watchGaps({ page }: PersonBrowser, others: readonly Person[]): Promise<ReadGaps> {
  const watch = await page.evaluateHandle(startWatch, others);
  return async () => watch.evaluate((running) => running.read());
}

export function expectNoGap(gaps: Readonly<Record<string, MediaGaps>>, maxGapMs = MAX_GAP_MS): void {
  for (const [name, { pictureMs, offScreenMs, soundMs }] of Object.entries(gaps)) {
    expect(pictureMs, `pictures of ${name}`).toBeLessThanOrEqual(maxGapMs);
    expect(offScreenMs, `tile of ${name}`).toBeLessThanOrEqual(maxGapMs);
    expect(soundMs, `sound of ${name}`).toBeLessThanOrEqual(maxGapMs);
  }
}

interface DecodedFrames {
  readonly readable: ReadableStream<VideoFrame>;
}

declare global {
  /** @see W3C, "MediaStreamTrack Insertable Media Processing using Streams" */
  const MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack; maxBufferSize: number }) => DecodedFrames;
}

/** Runs in the page, where its source is all there is. */
function startWatch(others: readonly Person[]): { read(): Record<string, MediaGaps> } {
  const BLOCK = 1_024;
  /** Effective values, of the whole and of the tone's part in it. */
  const LOUD = 0.004;
  const SHARE = 0.7;
  const LOOK_MS = 50;
  const BUFFERED_FRAMES = 30;
  const PICTURE_MS = 1_000 / 15;
  /** Nothing for so long is a gap that has not ended. */
  const OPEN_MS = 1_000;
  const context = new AudioContext();
  const blockMs = (BLOCK / context.sampleRate) * 1_000;
  const fresh = { pictureMs: 0, pictures: 0, longestBlocks: 0, blocks: 0, longestLooks: 0 };
  const state = others.map((person) => ({
    person,
    last: undefined as { track: MediaStreamTrack; mediaMs: number; pageMs: number } | undefined,
    hasBeenHeard: false,
    silentBlocks: 0,
    missedLooks: 0,
    ...fresh,
  }));
  const personOf = new WeakMap<MediaStreamTrack, number>();
  const taps = new Map<MediaStreamTrack | "pulse", unknown>();

  function noteFrame(track: MediaStreamTrack, frame: VideoFrame): void {
    const picture = window.observer.readPicture(frame);
    const seen = state.find(({ person }) => person.id === picture?.person);
    if (!seen) return;
    personOf.set(track, seen.person.id);
    const now = { track, mediaMs: frame.timestamp / 1_000, pageMs: performance.now() };
    const { last } = seen;
    const gapMs = last && (last.track === track ? now.mediaMs - last.mediaMs : now.pageMs - last.pageMs);
    seen.pictureMs = Math.max(seen.pictureMs, (gapMs ?? 0) - PICTURE_MS);
    seen.last = now;
    seen.pictures++;
  }

  async function watchPictures(track: MediaStreamTrack): Promise<void> {
    taps.set(track, undefined);
    const { readable } = new MediaStreamTrackProcessor({ track: track.clone(), maxBufferSize: BUFFERED_FRAMES });
    const reader = readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      noteFrame(track, next.value);
      next.value.close();
    }
  }

  /** Goertzel: how much of a block is the one frequency. */
  function isTone(samples: Float32Array, hertz: number): boolean {
    const factor = 2 * Math.cos((2 * Math.PI * hertz) / context.sampleRate);
    let [one, two, energy] = [0, 0, 0];
    for (const sample of samples) {
      [one, two] = [sample + factor * one - two, one];
      energy += sample * sample;
    }
    const effective = Math.sqrt(energy / samples.length);
    const power = Math.max(0, one * one + two * two - factor * one * two);
    return effective > LOUD && (Math.SQRT2 * Math.sqrt(power)) / samples.length > SHARE * effective;
  }

  function listen(source: AudioNode, onBlock: (samples: Float32Array) => void): AudioNode {
    const tap = context.createScriptProcessor(BLOCK, 1, 1);
    tap.onaudioprocess = ({ inputBuffer }) => onBlock(inputBuffer.getChannelData(0));
    source.connect(tap).connect(context.destination);
    return tap;
  }

  function watchSound(track: MediaStreamTrack): void {
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const tap = listen(source, (samples) => {
      for (const heard of state) {
        if (!isTone(samples, heard.person.toneHz)) continue;
        heard.hasBeenHeard = true;
        heard.silentBlocks = 0;
      }
    });
    taps.set(track, [source, tap]);
  }

  // One that always runs tells the time in blocks, so that a busy page delays both alike.
  const pulse = context.createConstantSource();
  pulse.start();
  const beat = listen(pulse, () => {
    for (const heard of state) {
      heard.blocks++;
      if (heard.hasBeenHeard) heard.longestBlocks = Math.max(heard.longestBlocks, ++heard.silentBlocks - 1);
    }
  });
  taps.set("pulse", beat);

  function look(): void {
    const shown = new Set<number | undefined>();
    for (const element of window.observer.elementsOf(document)) {
      if (!(element instanceof HTMLMediaElement) || element.paused) continue;
      if (!(element.srcObject instanceof MediaStream)) continue;
      for (const track of element.srcObject.getTracks()) {
        const isPicture = track.kind === "video";
        if (isPicture) shown.add(personOf.get(track));
        if (taps.has(track) || (!isPicture && element.muted)) continue;
        if (isPicture) void watchPictures(track);
        else watchSound(track);
      }
    }
    for (const of of state) {
      of.missedLooks = shown.has(of.person.id) || !of.last ? 0 : of.missedLooks + 1;
      of.longestLooks = Math.max(of.longestLooks, of.missedLooks);
    }
  }
  setInterval(look, LOOK_MS);

  return {
    read() {
      return Object.fromEntries(
        state.map((of) => {
          const openMs = of.last ? performance.now() - of.last.pageMs : Infinity;
          const gaps = {
            pictureMs: Math.round(Math.max(of.pictureMs, openMs > OPEN_MS ? openMs : 0)),
            pictures: of.pictures,
            offScreenMs: of.longestLooks * LOOK_MS,
            soundMs: of.hasBeenHeard ? Math.round(of.longestBlocks * blockMs) : Infinity,
            blocks: of.blocks,
          };
          Object.assign(of, fresh);
          return [of.person.name, gaps];
        }),
      );
    },
  };
}

import { seededRandom } from "@conclave/kit/testing";
import { describe, expect, test } from "vitest";

import { readIvWord } from "./frameFormat.ts";
import { IvSequence } from "./IvSequence.ts";
import { type FramePlace, StreamGuard, type TrackRef } from "./StreamGuard.ts";

const SEED = 20_261_130;
/** A minute and more of a call of ours: sound 50 times a second, three layers of video 30 times. */
const FRAMES_PER_SECOND = 140;
const FRAMES = 100_000;
const CAMERA: TrackRef = { trackId: "camera", kind: "video" };
const MICROPHONE: TrackRef = { trackId: "microphone", kind: "audio" };
const STREAMS = [
  { ssrc: 1, track: MICROPHONE },
  { ssrc: 2, track: CAMERA },
  { ssrc: 3, track: CAMERA },
  { ssrc: 4, track: CAMERA },
];

interface Sent {
  readonly place: FramePlace;
  readonly track: TrackRef;
  readonly atMs: number;
}

/** What one sender sends with one key, in order. */
function sentFrames(): Sent[] {
  const ivs = new IvSequence(2 ** 32 - 5_000);
  return Array.from({ length: FRAMES }, (_, count) => {
    const { ssrc, track } = STREAMS[count % STREAMS.length]!;
    const iv = ivs.next(ssrc)!;
    const place = { ssrc, timestamp: readIvWord(iv, 1), counter: readIvWord(iv, 2) };
    return { place, track, atMs: (count * 1_000) / FRAMES_PER_SECOND };
  });
}

function accepted(guard: StreamGuard, { place, track }: Sent, nowMs: number): boolean {
  return guard.allows(place, track, nowMs) && guard.enter(place, track, nowMs);
}

describe("a receiver of 100,000 frames", () => {
  test("takes none of them when all are replayed, in order, backwards or at random", () => {
    const sent = sentFrames();
    const guard = new StreamGuard();
    const random = seededRandom(SEED);
    for (const frame of sent) accepted(guard, frame, frame.atMs);

    const shuffled = sent.map((frame) => ({ frame, order: random.next() })).toSorted((a, b) => a.order - b.order);
    const orders = [sent, sent.toReversed(), shuffled.map(({ frame }) => frame)];

    expect(orders.map((order) => order.filter((frame) => accepted(guard, frame, 1e9)).length)).toEqual([0, 0, 0]);
  });

  test("loses at most one in a thousand to delays of up to 200 ms that change their order", () => {
    const random = seededRandom(SEED);
    const arriving = sentFrames()
      .map((frame) => ({ frame, atMs: frame.atMs + random.next() * 200 }))
      .toSorted((a, b) => a.atMs - b.atMs);
    const guard = new StreamGuard();

    const dropped = arriving.filter(({ frame, atMs }) => !accepted(guard, frame, atMs)).length;

    expect(dropped / FRAMES).toBeLessThanOrEqual(0.001);
  });

  test("takes each once where one in ten comes twice", () => {
    const random = seededRandom(SEED);
    const guard = new StreamGuard();
    let taken = 0;
    for (const frame of sentFrames()) {
      const copies = random.next() < 0.1 ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) taken += accepted(guard, frame, frame.atMs) ? 1 : 0;
    }

    expect(taken).toBe(FRAMES);
  });
});

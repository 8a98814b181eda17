import OpusScript from "opusscript";

import { BoundedCache } from "./BoundedCache.ts";
import { TONE_LEVEL, TONE_STEP_HZ } from "./people.ts";

const SAMPLE_RATE_HZ = 48_000;
const FRAME_MS = 20;
const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
const BITS_PER_SECOND = 24_000;
/** Of 10: more would change nothing in a sine. */
const COMPLEXITY = 5;
/** After as many frames the encoder has settled: levels stay within 0.03, packets nearly repeat. */
const WARM_UP_FRAMES = 50;
/** The least that is whole packets of 20, 40 and 60 ms. */
export const LOOP_FRAMES = 6;
/** All tones that `mediaPersonOf` gives out. */
const MAX_TONES = 64;

/** From opus_defines.h. */
const OPUS_SET_VBR = 4006;
const OPUS_SET_COMPLEXITY = 4010;

const loops = new BoundedCache<readonly Uint8Array[]>(MAX_TONES);

/**
 * A loop of `LOOP_FRAMES` Opus packets of 20 ms (CELT, mono, one length) that a decoder plays as one endless sine.
 * Made once per tone, in about 10 ms.
 *
 * @param toneHz a multiple of 50, so that each packet holds whole periods and any packet may follow any other
 */
export function opusTone(toneHz: number): readonly Uint8Array[] {
  if (toneHz <= 0 || toneHz % TONE_STEP_HZ !== 0)
    throw new RangeError(`${toneHz} Hz is no multiple of ${TONE_STEP_HZ}`);
  return loops.get(String(toneHz), () => encodeLoop(toneHz));
}

function encodeLoop(toneHz: number): Uint8Array[] {
  // This mode never leaves CELT, whose frames forget their past quickest.
  const encoder = new OpusScript(SAMPLE_RATE_HZ, 1, OpusScript.Application.RESTRICTED_LOWDELAY);
  try {
    encoder.setBitrate(BITS_PER_SECOND);
    encoder.encoderCTL(OPUS_SET_VBR, 0);
    encoder.encoderCTL(OPUS_SET_COMPLEXITY, COMPLEXITY);
    const period = sineOf(toneHz);
    const encode = (): Uint8Array => Uint8Array.from(encoder.encode(period, FRAME_SAMPLES));
    for (let frame = 0; frame < WARM_UP_FRAMES; frame++) encode();
    return Array.from({ length: LOOP_FRAMES }, encode);
  } finally {
    encoder.delete();
  }
}

/** One packet's samples, 16 bit. */
function sineOf(toneHz: number): Buffer {
  const samples = Buffer.alloc(FRAME_SAMPLES * 2);
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    const value = Math.sin((2 * Math.PI * toneHz * index) / SAMPLE_RATE_HZ) * TONE_LEVEL;
    samples.writeInt16LE(Math.round(value * 32_767), index * 2);
  }
  return samples;
}

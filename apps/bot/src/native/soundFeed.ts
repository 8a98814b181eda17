import { TONE_LEVEL, TONE_STEP_HZ } from "../media/people.ts";
import type { SoundFeed } from "./NativeTrack.ts";

export const SAMPLE_RATE = 48_000;
/** Whole periods of every multiple of `TONE_STEP_HZ`: blocks join without a click. */
const BLOCK_MS = 2 * (1_000 / TONE_STEP_HZ);
const FULL_SCALE = 32_767;

/** A microphone that hears one tone, a multiple of `TONE_STEP_HZ`. */
export function soundFeed(toneHz: number): SoundFeed {
  const block = Int16Array.from({ length: (SAMPLE_RATE * BLOCK_MS) / 1_000 }, (_, at) =>
    Math.round(TONE_LEVEL * FULL_SCALE * Math.sin((2 * Math.PI * toneHz * at) / SAMPLE_RATE)),
  );
  return { kind: "audio", sampleRate: SAMPLE_RATE, blockMs: BLOCK_MS, next: () => block };
}

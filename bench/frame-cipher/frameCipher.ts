import { median, type Result, type Run } from "../result.ts";
import { measureInPage } from "./measureInPage.ts";
import type { Samples } from "./page/measure.ts";

/** Speech, a packet of video, a small picture, a key frame. */
const SIZES_BYTES = [100, 1_200, 10_000, 40_000];
const OPERATIONS = ["encrypt", "decrypt"] as const;
const ROUNDS = 15;
const FRAMES_PER_ROUND = 1_000;
const LIMIT_RATIO = 1.4;

/** P3: the cost of a frame, with all that is done for it, beside WebCrypto alone and livekit-client's cryptor. */
export async function frameCipher(): Promise<Run> {
  const shape = { operations: OPERATIONS, rounds: ROUNDS, framesPerRound: FRAMES_PER_ROUND };
  const taken = await measureInPage(SIZES_BYTES.map((sizeBytes) => ({ ...shape, sizeBytes })));
  const results = SIZES_BYTES.flatMap((sizeBytes, index) => resultsOf(taken[index]!, sizeBytes));
  const samples = Object.fromEntries(SIZES_BYTES.flatMap((sizeBytes, index) => namedSamples(taken[index]!, sizeBytes)));
  return { results, samples, faults: [] };
}

function resultsOf(samples: Samples, sizeBytes: number): Result[] {
  return OPERATIONS.map((operation) => {
    const { ours, livekit, floor } = samples[operation];
    return {
      metric: `${operation} ${sizeBytes} bytes`,
      unit: "µs",
      ours: median(ours),
      peer: median(livekit),
      floor: median(floor),
      // Round by round: what else the machine does then is the same for both.
      ratio: median(ours.map((us, round) => us / floor[round]!)),
      limit: LIMIT_RATIO,
      limitOf: "ratio",
    };
  });
}

function namedSamples(samples: Samples, sizeBytes: number): [string, readonly number[]][] {
  return OPERATIONS.flatMap((operation) =>
    Object.entries(samples[operation]).map(([name, us]): [string, readonly number[]] => [
      `${operation} ${sizeBytes} ${name}`,
      us,
    ]),
  );
}

import { measureInPage } from "../frame-cipher/measureInPage.ts";
import { median, type Result, type Run } from "../result.ts";

const SIZES_BYTES = [100, 1_200, 10_000];
const OPERATIONS = ["decrypt", "reject"] as const;
const ROUNDS = 11;
const FRAMES_PER_ROUND = 300;
const LIMIT_RATIO = 1.5;
/** T18: so many bad frames a second may take a tenth of a core. */
const FLOOD_PER_SECOND = 1_000;
const LIMIT_SHARE = 0.1;
const US_PER_SECOND = 1_000_000;

/** P4: what a flood of frames with a wrong tag costs for each, against good frames in the same run. */
export async function badFrames(): Promise<Run> {
  const shape = { operations: OPERATIONS, rounds: ROUNDS, framesPerRound: FRAMES_PER_ROUND };
  const taken = await measureInPage(SIZES_BYTES.map((sizeBytes) => ({ ...shape, sizeBytes })));
  const samples: Record<string, readonly number[]> = {};
  const results = taken.flatMap(({ decrypt, reject }, index): Result[] => {
    const sizeBytes = SIZES_BYTES[index]!;
    for (const [name, us] of Object.entries(decrypt)) samples[`good ${sizeBytes} ${name}`] = us;
    for (const [name, us] of Object.entries(reject)) samples[`bad ${sizeBytes} ${name}`] = us;
    const costs = {
      metric: `a bad frame of ${sizeBytes} bytes, against a good one`,
      unit: "µs",
      ours: median(reject.ours),
      peer: median(reject.livekit),
      floor: median(reject.floor),
      ratio: median(reject.ours.map((us, round) => us / decrypt.ours[round]!)),
      limit: LIMIT_RATIO,
      limitOf: "ratio" as const,
    };
    const shareOf = (us: readonly number[]): number => (median(us) * FLOOD_PER_SECOND) / US_PER_SECOND;
    const flood = {
      metric: `${FLOOD_PER_SECOND} of them a second`,
      unit: "cores",
      ours: shareOf(reject.ours),
      peer: shareOf(reject.livekit),
      limit: LIMIT_SHARE,
    };
    return [costs, flood];
  });
  return { results, samples, faults: [] };
}

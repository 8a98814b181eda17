import { runInNewContext } from "node:vm";
import { setFlagsFromString } from "node:v8";

import { importNodeMaterial } from "@conclave/bot";
import { decryptFrame, encryptFrame, FrameKeyStore, type FrameShape, type OwnerKeys } from "@conclave/frame-crypto";
import { seededRandom, type SeededRandom } from "@conclave/kit/testing";
import { describe, expect, it } from "vitest";

/** F30 wants a million: `FUZZ_FRAMES=1000000 npm run e2e -- e2e/fuzz-frames.e2e.ts`. */
const FRAMES = Number(process.env["FUZZ_FRAMES"] ?? 200_000);
/** Measured from here on, when everything has been compiled and every memory is full. */
const WARM_FRAMES = FRAMES / 5;
const MAX_GROWTH_BYTES = 4 * 2 ** 20;
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_130);

type Bytes = Uint8Array<ArrayBuffer>;
interface Sample {
  readonly shape: FrameShape;
  readonly encrypted: Bytes;
}

const BODY = Uint8Array.from({ length: 90 }, (_, index) => (index * 37) & 0xff);
const SHAPES: readonly (readonly [FrameShape, readonly number[]])[] = [
  [{ kind: "audio", codec: "opus", isKeyFrame: false }, [0xf8]],
  [{ kind: "video", codec: "vp8", isKeyFrame: true }, [0x10, 2, 0, 0x9d, 1, 0x2a, 64, 1, 180, 0]],
  [{ kind: "video", codec: "vp8", isKeyFrame: false }, [0x31, 2, 0]],
  [{ kind: "video", codec: "vp9", isKeyFrame: true }, [0x82, 0x49, 0x83]],
  [{ kind: "video", codec: "h264", isKeyFrame: false }, [0, 0, 0, 1, 0x41, 0x9a]],
  [{ kind: "video", codec: "av1", isKeyFrame: true }, [0x12, 0, 0x0a, 0x0b]],
];

const MUTATIONS: readonly ((frame: Bytes, random: SeededRandom, other: Bytes) => Bytes)[] = [
  (frame, random) => flip(frame, random),
  (frame, random) => flip(flip(frame, random), random),
  (frame, random) => frame.slice(0, upTo(random, frame.length)),
  (frame, random) => frame.slice(1 + upTo(random, frame.length)),
  (frame, random, other) => Uint8Array.from([...frame.subarray(0, upTo(random, frame.length)), ...other.subarray(20)]),
  (frame, random) => frame.map((byte, at) => (at === frame.length - 1 ? upTo(random, 256) : byte)),
  (frame, random) => Uint8Array.from([...frame, upTo(random, 256)]),
  (_, random) => Uint8Array.from({ length: upTo(random, 120) }, () => upTo(random, 256)),
];

function upTo(random: SeededRandom, limit: number): number {
  return Math.floor(random.next() * limit);
}

function flip(frame: Bytes, random: SeededRandom): Bytes {
  const changed = frame.slice();
  const at = upTo(random, changed.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << upTo(random, 8));
  return changed;
}

function isSame(a: Bytes, b: Bytes): boolean {
  return Buffer.compare(a, b) === 0;
}

async function openKeys(): Promise<OwnerKeys> {
  const clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => () => {} };
  const store = new FrameKeyStore({ clock, randomUint32: () => 7, importMaterial: importNodeMaterial });
  for (const index of [3, 4]) await store.setKey("alice", index, new Uint8Array(16).fill(index));
  store.useSenderKey("alice", 3);
  return store.owner("alice")!;
}

async function samplesOf(keys: OwnerKeys): Promise<Sample[]> {
  const sender = await keys.inUse();
  return Promise.all(
    SHAPES.map(async ([shape, header], stream) => {
      const { frame } = await encryptFrame(
        Uint8Array.from([...header, ...BODY]),
        { ...shape, ssrc: 5 + stream },
        sender,
      );
      return { shape, encrypted: frame! };
    }),
  );
}

function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

describe("spoiled frames of every codec", () => {
  it("are all refused without a fault, and leave nothing behind", { timeout: 240_000 }, async () => {
    const bob = await openKeys();
    const samples = await samplesOf(await openKeys());
    const random = seededRandom(SEED);
    const outcomes = new Map<string, number>();
    let warmBytes = 0;

    for (let count = 0; count < FRAMES; count += 1) {
      if (count === WARM_FRAMES) warmBytes = usedBytes();
      const { shape, encrypted } = samples[count % samples.length]!;
      const mutate = MUTATIONS[upTo(random, MUTATIONS.length)]!;
      const spoiled = mutate(encrypted, random, samples[upTo(random, samples.length)]!.encrypted);
      // Two flips may undo each other, and the other frame may be the same one.
      if (isSame(spoiled, encrypted)) continue;
      const { outcome } = await decryptFrame(spoiled, { ...shape, trackId: shape.kind, nowMs: count }, bob);
      if (outcome === "decrypted") expect.fail(`accepted number ${count} of seed ${SEED}`);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }

    const grownBytes = usedBytes() - warmBytes;
    console.log(
      `fuzz: ${FRAMES} frames, ${JSON.stringify(Object.fromEntries(outcomes))}, heap grew by ${grownBytes} bytes`,
    );
    expect(grownBytes).toBeLessThan(MAX_GROWTH_BYTES);
    for (const { shape, encrypted } of samples) {
      const about = { ...shape, trackId: shape.kind, nowMs: FRAMES };
      expect((await decryptFrame(encrypted, about, bob)).outcome).toBe("decrypted");
    }
  });
});

import { toHex } from "@conclave/kit";
import { FakeClock } from "@conclave/kit/testing";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";

import { decryptFrame, type DecryptResult } from "./decryptFrame.ts";
import { encryptFrame } from "./encryptFrame.ts";
import { type DerivedKey, deriveFrameKey, ratchetFrameKey } from "./deriveFrameKey.ts";
import { OVERHEAD_BYTES } from "./frameFormat.ts";
import type { OwnerKeys } from "./OwnerKeys.ts";
import { createMember, createStore, keyBytes, senderOf } from "./testing/createMember.ts";
import { type SampleFrame, sampleFrames } from "./testing/sampleFrames.ts";

const SSRC = 77;
const ARRIVAL = { trackId: "track", nowMs: 0 };
const PICTURE = Uint8Array.from({ length: 60 }, (_, index) => index % 7);

async function encrypt(sample: SampleFrame, keys: OwnerKeys): Promise<Uint8Array<ArrayBuffer>> {
  const result = await encryptFrame(sample.bytes, { ...sample.shape, ssrc: SSRC }, await senderOf(keys));
  if (result.outcome !== "encrypted") throw new Error(result.outcome);
  return result.frame;
}

async function decrypt(frame: Uint8Array<ArrayBuffer>, sample: SampleFrame, keys?: OwnerKeys): Promise<DecryptResult> {
  return await decryptFrame(frame, { ...sample.shape, ...ARRIVAL }, keys);
}

const anySample = fc.uint8Array({ maxLength: 300 }).chain((body) => fc.constantFrom(...sampleFrames(body)));
const [OPUS_SAMPLE] = sampleFrames(PICTURE) as [SampleFrame];

describe("a frame", () => {
  test("of any codec and content comes back as it was", async () => {
    const alice = await createMember({ 9: 1 });
    const bob = await createMember({ 9: 1 });
    await fc.assert(
      fc.asyncProperty(anySample, async (sample) => {
        const encrypted = await encrypt(sample, alice);

        expect(encrypted.byteLength).toBeGreaterThanOrEqual(sample.bytes.byteLength + OVERHEAD_BYTES);
        expect(await decrypt(encrypted, sample, bob)).toEqual({ outcome: "decrypted", frame: sample.bytes });
      }),
    );
  });

  test("shows nothing of its body once encrypted", async () => {
    const alice = await createMember({ 9: 1 });
    for (const sample of sampleFrames(new Uint8Array(200).fill(0xab))) {
      const encrypted = await encrypt(sample, alice);

      expect(toHex(encrypted)).not.toContain("abababab");
    }
  });

  test("with any bit flipped is refused", async () => {
    const alice = await createMember({ 9: 1 });
    await fc.assert(
      fc.asyncProperty(anySample, fc.nat(), async (sample, where) => {
        const bob = await createMember({ 9: 1 });
        const encrypted = await encrypt(sample, alice);
        const bit = where % (encrypted.byteLength * 8);
        encrypted[bit >> 3] = (encrypted[bit >> 3] ?? 0) ^ (1 << (bit & 7));

        const { outcome } = await decrypt(encrypted, sample, bob);

        expect(["auth_failed", "malformed", "missing_key"]).toContain(outcome);
      }),
    );
  });

  test.each(["ciphertext", "tag", "IV", "clear range"] as const)(
    "fails its authentication with a wrong %s",
    async (part) => {
      const alice = await createMember({ 9: 1 });
      const encrypted = await encrypt(OPUS_SAMPLE, alice);
      const end = encrypted.byteLength;
      const at = { ciphertext: 2, tag: end - 20, IV: end - 10, "clear range": 0 }[part];
      encrypted[at] = (encrypted[at] ?? 0) ^ 1;

      expect(await decrypt(encrypted, OPUS_SAMPLE, alice)).toEqual({ outcome: "auth_failed" });
    },
  );

  test("cut short anywhere is refused", async () => {
    const alice = await createMember({ 9: 1 });
    for (const sample of sampleFrames(PICTURE)) {
      const encrypted = await encrypt(sample, alice);
      for (let length = 1; length < encrypted.byteLength; length += 1) {
        const { outcome } = await decrypt(encrypted.slice(0, length), sample, alice);
        expect(outcome).not.toBe("decrypted");
      }
    }
  });

  test("shorter than header and trailer, or with another length of IV, is malformed", async () => {
    const alice = await createMember({ 9: 1 });
    const encrypted = await encrypt(OPUS_SAMPLE, alice);
    const oddIv = encrypted.slice();
    oddIv[oddIv.byteLength - 2] = 16;

    expect(await decrypt(encrypted.slice(-OVERHEAD_BYTES), OPUS_SAMPLE, alice)).toEqual({ outcome: "malformed" });
    expect(await decrypt(oddIv, OPUS_SAMPLE, alice)).toEqual({ outcome: "malformed" });
  });

  test("of any bytes never throws and never passes", async () => {
    const bob = await createMember({ 0: 1, 9: 2 });
    const trailer = fc.constantFrom([], [0x0c, 9], [0x0c, 0], [0x0c, 77]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), trailer, anySample, async (bytes, end, { shape }) => {
        const received = Uint8Array.from([...bytes, ...end]);

        const { outcome } = await decryptFrame(received, { ...shape, ...ARRIVAL }, bob);

        expect(outcome).not.toBe("decrypted");
        if (received.byteLength > 0) expect(outcome).not.toBe("empty");
      }),
      { numRuns: 300 },
    );
  });
});

describe("the key of a frame", () => {
  test("is missing if the sender is unknown or has no key at that index", async () => {
    const alice = await createMember({ 9: 1 });
    const encrypted = await encrypt(OPUS_SAMPLE, alice);

    expect(await decrypt(encrypted, OPUS_SAMPLE)).toEqual({ outcome: "missing_key" });
    expect(await decrypt(encrypted, OPUS_SAMPLE, await createMember({ 8: 1 }))).toEqual({ outcome: "missing_key" });
  });

  test("must be the sender's, not another member's at the same index", async () => {
    const alice = await createMember({ 9: 1 });
    const carol = await createMember({ 9: 2 });

    expect(await decrypt(await encrypt(OPUS_SAMPLE, alice), OPUS_SAMPLE, carol)).toEqual({ outcome: "auth_failed" });
  });

  test("still decrypts after any amount of junk", async () => {
    const alice = await createMember({ 9: 1 });
    const good = await encrypt(OPUS_SAMPLE, alice);
    const junk = good.slice();
    junk[3] = (junk[3] ?? 0) ^ 0xff;
    for (let count = 0; count < 500; count += 1) await decrypt(junk, OPUS_SAMPLE, alice);

    expect(await decrypt(good, OPUS_SAMPLE, alice)).toMatchObject({ outcome: "decrypted" });
  });
});

describe("a frame that comes again", () => {
  test("is refused as replayed", async () => {
    const alice = await createMember({ 9: 1 });
    const encrypted = await encrypt(OPUS_SAMPLE, alice);

    expect(await decrypt(encrypted, OPUS_SAMPLE, alice)).toMatchObject({ outcome: "decrypted" });
    expect(await decrypt(encrypted, OPUS_SAMPLE, alice)).toEqual({ outcome: "replayed" });
  });

  test("is refused without the cost of a decryption", async () => {
    const alice = await createMember({ 9: 1 });
    const encrypted = await encrypt(OPUS_SAMPLE, alice);
    await decrypt(encrypted, OPUS_SAMPLE, alice);
    const decryptions = vi.spyOn(crypto.subtle, "decrypt");

    await decrypt(encrypted, OPUS_SAMPLE, alice);

    expect(decryptions).not.toHaveBeenCalled();
    decryptions.mockRestore();
  });

  test("is used once even if both copies are decrypted at the same time", async () => {
    const alice = await createMember({ 9: 1 });
    const encrypted = await encrypt(OPUS_SAMPLE, alice);

    const results = await Promise.all([1, 2].map(() => decrypt(encrypted, OPUS_SAMPLE, alice)));

    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(["decrypted", "replayed"]);
  });

  test("on another track of the sender is refused", async () => {
    const alice = await createMember({ 9: 1 });
    const [first, second] = [await encrypt(OPUS_SAMPLE, alice), await encrypt(OPUS_SAMPLE, alice)];
    await decrypt(first, OPUS_SAMPLE, alice);

    const result = await decryptFrame(second, { ...OPUS_SAMPLE.shape, trackId: "other", nowMs: 10 }, alice);

    expect(result).toEqual({ outcome: "replayed" });
  });

  test("is known on every track, whatever owner the track has", async () => {
    const store = createStore();
    await store.setKey("camera", 9, keyBytes(1));
    await store.setKey("screen", 9, keyBytes(1));
    const encrypted = await encrypt(OPUS_SAMPLE, await createMember({ 9: 1 }));
    await decrypt(encrypted, OPUS_SAMPLE, store.owner("camera"));

    const onScreen = { ...OPUS_SAMPLE.shape, trackId: "screen", nowMs: 60_000 };
    expect(await decryptFrame(encrypted, onScreen, store.owner("screen"))).toEqual({ outcome: "replayed" });
  });

  test("does not stand in the way of frames that come late, each once", async () => {
    const alice = await createMember({ 9: 1 });
    const frames = [];
    for (let count = 0; count < 20; count += 1) frames.push(await encrypt(OPUS_SAMPLE, alice));

    const outcomes = [];
    for (const frame of frames.toReversed()) outcomes.push((await decrypt(frame, OPUS_SAMPLE, alice)).outcome);

    expect(new Set(outcomes)).toEqual(new Set(["decrypted"]));
  });
});

describe("frames that hold nothing", () => {
  test("pass as pauses in audio, and never in video", async () => {
    const nothing = new Uint8Array(0);

    expect(await decryptFrame(nothing, { ...OPUS_SAMPLE.shape, ...ARRIVAL }, undefined)).toEqual({ outcome: "empty" });
    const video = { kind: "video", codec: "vp8", isKeyFrame: true, ...ARRIVAL } as const;
    expect(await decryptFrame(nothing, video, undefined)).toEqual({ outcome: "malformed" });
  });

  test("but come from the SFU with a body are refused: Opus silence, with and without LiveKit's marker", async () => {
    const bob = await createMember({ 0: 1 });
    const silence = Uint8Array.from([0xf8, 0xff, 0xfe, ...new Uint8Array(77)]);
    const marked = Uint8Array.from([...silence, ...new TextEncoder().encode("marker announced by the SFU")]);

    expect(await decrypt(silence, OPUS_SAMPLE, bob)).toEqual({ outcome: "malformed" });
    expect(await decrypt(marked, OPUS_SAMPLE, bob)).toEqual({ outcome: "malformed" });
  });
});

/** What alice's key is after so many steps. */
async function ratchetedSender(steps: number): Promise<DerivedKey> {
  let derived = await deriveFrameKey(keyBytes(1));
  for (let step = 0; step < steps; step += 1) derived = await ratchetFrameKey(derived);
  return derived;
}

async function encryptAhead(steps: number): Promise<Uint8Array<ArrayBuffer>> {
  const alice = await createMember({ 9: 1 });
  const sender = await senderOf(alice);
  const { cipher } = await ratchetedSender(steps);
  const ahead = Object.create(sender.key, {
    cipher: { value: cipher },
    ivs: { value: sender.key.ivs },
  }) as typeof sender.key;
  const result = await encryptFrame(OPUS_SAMPLE.bytes, { ...OPUS_SAMPLE.shape, ssrc: SSRC }, { index: 9, key: ahead });
  if (result.outcome !== "encrypted") throw new Error(result.outcome);
  return result.frame;
}

describe("a sender that has gone on with the ratchet", () => {
  test.each([1, 2])("by %i is followed, from the second frame on", async (steps) => {
    const bob = await createMember({ 9: 1 });
    const frame = await encryptAhead(steps);

    const first = await decrypt(frame, OPUS_SAMPLE, bob);
    await (await bob.find(9))?.lookAhead();

    expect(first).toEqual({ outcome: "auth_failed" });
    expect(await decrypt(frame, OPUS_SAMPLE, bob)).toMatchObject({ outcome: "decrypted" });
    expect(await decrypt(frame, OPUS_SAMPLE, bob)).toEqual({ outcome: "replayed" });
  });

  test("by more than two steps is not followed", async () => {
    const bob = await createMember({ 9: 1 });
    await (await bob.find(9))?.lookAhead();

    expect(await decrypt(await encryptAhead(3), OPUS_SAMPLE, bob)).toEqual({ outcome: "auth_failed" });
  });

  test("is not looked for more than 20 times a second, so that junk stays cheap", async () => {
    const clock = new FakeClock();
    const bob = await createMember({ 9: 1 }, clock);
    await (await bob.find(9))?.lookAhead();
    const frame = await encryptAhead(1);
    const junk = frame.slice();
    junk[3] = (junk[3] ?? 0) ^ 0xff;
    for (let count = 0; count < 30; count += 1) await decrypt(junk, OPUS_SAMPLE, bob);

    expect(await decrypt(frame, OPUS_SAMPLE, bob)).toEqual({ outcome: "auth_failed" });
    await clock.advance(1_000);
    expect(await decrypt(frame, OPUS_SAMPLE, bob)).toMatchObject({ outcome: "decrypted" });
  });
});

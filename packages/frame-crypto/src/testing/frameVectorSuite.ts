import { systemClock, toHex, tryFromHex } from "@conclave/kit";
import { describe, expect, test } from "vitest";

import keyVectorsText from "../../test-vectors/matrixrtc-keys.json?raw";
import frameVectorsText from "../../test-vectors/livekit-frames.json?raw";
import type { FrameShape } from "../clearRanges/findClearRange.ts";
import { decryptFrame } from "../decryptFrame.ts";
import { deriveFrameKey, ratchetFrameKey } from "../deriveFrameKey.ts";
import { encryptFrame } from "../encryptFrame.ts";
import { type FrameCipher, type ImportMaterial, toBytes } from "../FrameCipher.ts";
import { writeIv } from "../frameFormat.ts";
import { FrameKeyStore } from "../FrameKeyStore.ts";
import type { OwnerKeys } from "../OwnerKeys.ts";
import { importSubtleMaterial, subtleCipher } from "../subtleMaterial.ts";

interface KeyVectors {
  readonly derivations: readonly {
    readonly name: string;
    readonly rawKey: string;
    readonly ratchetSteps: number;
    readonly aesKey: string;
  }[];
  readonly frame: Readonly<Record<"rawKey" | "plain" | "ssrc" | "timestamp" | "iv" | "encrypted", string>> &
    Readonly<Record<"keyIndex" | "counter", number>>;
}

interface FrameVector extends FrameShape {
  readonly name: string;
  readonly ssrc: number;
  readonly timestamp: number;
  readonly keyIndex: number;
  readonly plain: string;
  readonly encrypted: string;
  readonly decrypted: string;
}

const keyVectors = JSON.parse(keyVectorsText) as KeyVectors;
const frameVectors = JSON.parse(frameVectorsText) as {
  readonly rawKey: string;
  readonly frames: readonly FrameVector[];
};

/** The vectors, to be run wherever frames are encrypted, with the primitives that are used there. */
export function frameVectorSuite(importMaterial: ImportMaterial = importSubtleMaterial): void {
  const keysOf = (rawKey: string, index: number, ivStart: number): Promise<OwnerKeys> =>
    createKeys({ rawKey, index, ivStart }, importMaterial);

  describe("vectors of the key derivation", () => {
    test.each(keyVectors.derivations)("derives the AES key: $name", async ({ rawKey, ratchetSteps, aesKey }) => {
      let derived = await deriveFrameKey(bytes(rawKey), { importMaterial });
      for (let step = 0; step < ratchetSteps; step += 1) derived = await ratchetFrameKey(derived, importMaterial);

      expect(await sealZeros(derived.cipher)).toBe(await sealZeros(subtleCipher(await importAes(aesKey))));
    });
  });

  test("derives an AES key of 256 bits where that was agreed on", async () => {
    const raw = new Uint8Array(32).fill(7);
    const { cipher } = await deriveFrameKey(raw, { importMaterial, keyBits: 256 });
    const { cipher: byWebCrypto } = await deriveFrameKey(raw, { keyBits: 256 });
    const { cipher: shorter } = await deriveFrameKey(raw, { importMaterial });

    expect(await sealZeros(cipher)).toBe(await sealZeros(byWebCrypto));
    expect(await sealZeros(cipher)).not.toBe(await sealZeros(shorter));
  });

  describe("vector of the MatrixRTC facts", () => {
    const vector = keyVectors.frame;
    const ssrc = Number.parseInt(vector.ssrc, 16);
    const timestamp = Number.parseInt(vector.timestamp, 16);

    test("writes the IV", () => {
      expect(toHex(writeIv(ssrc, timestamp, vector.counter))).toBe(vector.iv);
    });

    test("encrypts to the bytes of the vector", async () => {
      // The sixth frame of a sequence that starts so has the vector's IV.
      const alice = await keysOf(vector.rawKey, vector.keyIndex, timestamp - vector.counter);
      const sender = await alice.inUse();
      for (let count = 0; count < vector.counter; count += 1) sender?.key.ivs.next(ssrc);

      const result = await encryptFrame(bytes(vector.plain), { ...OPUS, ssrc }, sender);

      expect(result).toEqual({ outcome: "encrypted", frame: bytes(vector.encrypted) });
    });

    test("decrypts the vector", async () => {
      const alice = await keysOf(vector.rawKey, vector.keyIndex, 0);

      const result = await decryptFrame(bytes(vector.encrypted), { ...OPUS, trackId: "t", nowMs: 0 }, alice);

      expect(result).toEqual({ outcome: "decrypted", frame: bytes(vector.plain) });
    });
  });

  describe("vectors made by livekit-client", () => {
    test.each(frameVectors.frames)("encrypts to the same bytes: $name", async (vector) => {
      const alice = await keysOf(frameVectors.rawKey, vector.keyIndex, vector.timestamp);

      const result = await encryptFrame(bytes(vector.plain), vector, await alice.inUse());

      expect(result).toEqual({ outcome: "encrypted", frame: bytes(vector.encrypted) });
    });

    test.each(frameVectors.frames)("decrypts to the same bytes: $name", async (vector) => {
      const alice = await keysOf(frameVectors.rawKey, vector.keyIndex, 0);

      const result = await decryptFrame(bytes(vector.encrypted), { ...vector, trackId: "t", nowMs: 0 }, alice);

      expect(result).toEqual({ outcome: "decrypted", frame: bytes(vector.decrypted) });
    });
  });
}

const OPUS: FrameShape = { kind: "audio", codec: "opus", isKeyFrame: false };

interface VectorKey {
  readonly rawKey: string;
  readonly index: number;
  readonly ivStart: number;
}

async function createKeys({ rawKey, index, ivStart }: VectorKey, importMaterial: ImportMaterial): Promise<OwnerKeys> {
  const store = new FrameKeyStore({ clock: systemClock, randomUint32: () => ivStart, importMaterial });
  await store.setKey("alice", index, bytes(rawKey));
  store.useSenderKey("alice", index);
  const keys = store.owner("alice");
  if (keys === undefined) throw new Error("no keys");
  return keys;
}

async function sealZeros(cipher: FrameCipher): Promise<string> {
  return toHex(toBytes(await cipher.seal(new Uint8Array(12), new Uint8Array(0), new Uint8Array(32))));
}

function importAes(hex: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes(hex), "AES-GCM", false, ["encrypt"]);
}

function bytes(hex: string): Uint8Array<ArrayBuffer> {
  const read = tryFromHex(hex);
  if (read === undefined) throw new Error("not hexadecimal");
  return read;
}

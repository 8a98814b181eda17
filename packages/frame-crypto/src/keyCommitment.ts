import { equalBytes, toHex, tryFromHex, utf8 } from "@conclave/kit";

import { checkRawKey } from "./checkKey.ts";
import { FRAME_KEY } from "./deriveFrameKey.ts";
import type { Derivation, ImportMaterial } from "./FrameCipher.ts";
import { RATCHET_BITS } from "./frameFormat.ts";
import { importSubtleMaterial } from "./subtleMaterial.ts";

const COMMITMENT: Derivation = { ...FRAME_KEY, info: utf8("conclave key commitment") };
/** The sender itself may look for two keys with one commitment: 2^64 tries on average. With half the bits it were 2^32. */
const COMMITMENT_BITS = 128;
/** Steps of the ratchet that are taken to compare with somebody who is ahead. */
export const MAX_COMMITMENT_STEPS = 16;

/** What a receiver tells the others of a key that it was given. Says nothing about the key. */
export interface KeyCommitment {
  /** Steps of the ratchet since the key was fresh, as its sender counts them. */
  readonly step: number;
  /** 32 hexadecimal digits. */
  readonly commitment: string;
}

/**
 * `same`: both hold one key. `different`: the sender gave out two, or somebody lies: people must be told. `not_comparable`:
 * the other one is behind (it can compare, we cannot), too far ahead, or says nothing readable.
 */
export type CommitmentVerdict = "same" | "different" | "not_comparable";

/**
 * Commits to a sender key: equal for equal keys, and nobody can find two keys with one commitment.
 *
 * AES-GCM does not commit by itself: a sender could give each receiver a key of its own and one frame that means something
 * else under each.
 *
 * @param raw 16 to 1024 bytes; not modified, not kept
 * @throws {FrameCryptoError} `invalid_key`
 */
export async function commitToKey(
  raw: Uint8Array<ArrayBuffer>,
  importMaterial: ImportMaterial = importSubtleMaterial,
): Promise<string> {
  checkRawKey(raw);
  const material = await importMaterial(raw);
  return toHex(await material.deriveBits(COMMITMENT, COMMITMENT_BITS));
}

/**
 * Compares a key that we hold, and how far it was ratcheted when it came, with what another receiver was given for the same
 * sender and index.
 *
 * @throws {FrameCryptoError} `invalid_key` if ours is none
 */
export async function checkCommitment(
  ours: { readonly step: number; readonly raw: Uint8Array<ArrayBuffer> },
  theirs: KeyCommitment,
  importMaterial: ImportMaterial = importSubtleMaterial,
): Promise<CommitmentVerdict> {
  const steps = theirs.step - ours.step;
  const told = tryFromHex(theirs.commitment);
  const isReadable = Number.isInteger(steps) && told?.byteLength === COMMITMENT_BITS / 8;
  if (!isReadable || told === undefined || steps < 0 || steps > MAX_COMMITMENT_STEPS) return "not_comparable";
  checkRawKey(ours.raw);
  let material = await importMaterial(ours.raw);
  for (let step = 0; step < steps; step += 1) {
    const next = await material.deriveBits(FRAME_KEY, RATCHET_BITS);
    material = await importMaterial(next);
    next.fill(0);
  }
  const held = await material.deriveBits(COMMITMENT, COMMITMENT_BITS);
  return equalBytes(held, told) ? "same" : "different";
}

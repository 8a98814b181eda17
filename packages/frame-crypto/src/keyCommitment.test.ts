import { describe, expect, test } from "vitest";

import { deriveFrameKey } from "./deriveFrameKey.ts";
import { FRAME_KEY } from "./deriveFrameKey.ts";
import { RATCHET_BITS } from "./frameFormat.ts";
import { checkCommitment, commitToKey, MAX_COMMITMENT_STEPS } from "./keyCommitment.ts";
import { importSubtleMaterial } from "./subtleMaterial.ts";
import { keyBytes } from "./testing/createMember.ts";

async function ratchet(raw: Uint8Array<ArrayBuffer>, steps: number): Promise<Uint8Array<ArrayBuffer>> {
  let key = raw;
  for (let step = 0; step < steps; step += 1) {
    key = await (await importSubtleMaterial(key)).deriveBits(FRAME_KEY, RATCHET_BITS);
  }
  return key;
}

describe("two receivers of one sender", () => {
  test("agree when they were given the same key", async () => {
    const theirs = { step: 0, commitment: await commitToKey(keyBytes(1)) };

    expect(await checkCommitment({ step: 0, raw: keyBytes(1) }, theirs)).toBe("same");
  });

  test("both see it when each was given a key of its own for one index", async () => {
    const [bob, carol] = [keyBytes(1), keyBytes(2)];

    const seenByBob = await checkCommitment({ step: 0, raw: bob }, { step: 0, commitment: await commitToKey(carol) });
    const seenByCarol = await checkCommitment({ step: 0, raw: carol }, { step: 0, commitment: await commitToKey(bob) });

    expect([seenByBob, seenByCarol]).toEqual(["different", "different"]);
  });

  test("agree when one was given a later step of the ratchet, and only the earlier one can tell", async () => {
    const early = keyBytes(1);
    const late = await ratchet(early, 3);
    const lateSays = { step: 5, commitment: await commitToKey(late) };
    const earlySays = { step: 2, commitment: await commitToKey(early) };

    expect(await checkCommitment({ step: 2, raw: early }, lateSays)).toBe("same");
    expect(await checkCommitment({ step: 5, raw: late }, earlySays)).toBe("not_comparable");
    expect(await checkCommitment({ step: 1, raw: early }, lateSays)).toBe("different");
  });

  test.each([
    ["a step too far ahead", { step: MAX_COMMITMENT_STEPS + 1, commitment: "00".repeat(16) }],
    ["no number", { step: Number.NaN, commitment: "00".repeat(16) }],
    ["a commitment too short", { step: 0, commitment: "00" }],
    ["a commitment that is none", { step: 0, commitment: "x".repeat(32) }],
  ])("cannot compare %s", async (_, theirs) => {
    expect(await checkCommitment({ step: 0, raw: keyBytes(1) }, theirs)).toBe("not_comparable");
  });
});

test("a commitment is not what keys are told apart by inside, and not the key", async () => {
  const commitment = await commitToKey(keyBytes(1));
  const { fingerprint } = await deriveFrameKey(keyBytes(1));

  expect(commitment).toMatch(/^[0-9a-f]{32}$/);
  expect(fingerprint).not.toContain(commitment);
});

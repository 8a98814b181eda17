import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, test } from "vitest";

import { type FrameTamper, tamperOf } from "./tamper.ts";
import { CryptoPeer, keyBytes } from "./testing/CryptoPeer.ts";

const OWNER = "microphone alice";
const SPEECH = Uint8Array.from({ length: 60 }, (_, index) => (index === 0 ? 0xf8 : index));
const PICTURE = Uint8Array.from({ length: 90 }, (_, index) => [0x31, 2, 0][index] ?? index);

let bob: CryptoPeer;
beforeEach(() => {
  bob = new CryptoPeer(new FakeClock());
});

/** Alice with this fault, and bob, who holds her keys 0 and 1. */
function meet(tamper: FrameTamper | undefined): CryptoPeer {
  const alice = new CryptoPeer(new FakeClock(), tamper === undefined ? {} : { tamper });
  for (const index of [0, 1]) bob.host.setKey(OWNER, index, keyBytes(index));
  alice.useKey(0, 0);
  return alice;
}

describe("an honest receiver", () => {
  test("sees one frame of a hundred fail when bits are flipped", async () => {
    const sender = meet(tamperOf({ manners: "polite", sabotage: "flip_bit" })).sender();
    const receiver = bob.receiver(OWNER);

    for (let count = 0; count < 200; count += 1) await receiver.pass(await sender.pass(SPEECH));

    const failed = bob.outcomes.flatMap((outcome, at) => (outcome === "auth_failed" ? [at] : []));
    expect(failed).toEqual([99, 199]);
    expect(bob.outcomes.filter((outcome) => outcome === "decrypted")).toHaveLength(198);
  });

  test.each(["audio", "video"] as const)("sees %s of a junk sender fail, all of it", async (kind) => {
    const sender = meet(tamperOf({ manners: "junk_sender" })).sender(kind);
    const receiver = bob.receiver(OWNER, kind);

    const plain = kind === "audio" ? SPEECH : PICTURE;
    const sent = await sender.pass(plain);
    await receiver.pass(sent);
    await receiver.pass(await sender.pass(plain));

    const clearBytes = kind === "audio" ? 1 : 3;
    expect(sent?.subarray(0, clearBytes)).toEqual(plain.subarray(0, clearBytes));
    expect(sent).toHaveLength(plain.byteLength + 30);
    expect(bob.outcomes).toEqual(["auth_failed", "auth_failed"]);
  });

  test("refuses what is sent plain", async () => {
    const sender = meet(tamperOf({ manners: "polite", sabotage: "encryption_off" })).sender();

    const sent = await sender.pass(SPEECH);
    await bob.receiver(OWNER).pass(sent);

    expect(sent).toEqual(SPEECH);
    expect(bob.outcomes).toEqual(["malformed"]);
    expect(bob.witnessed[0]?.frame).toEqual(SPEECH);
  });

  test("who has left can go on decrypting when the sender keeps its first key", async () => {
    const alice = meet(tamperOf({ manners: "polite", sabotage: "rotation_off" }));
    bob.host.forget(OWNER);
    bob.host.setKey(OWNER, 0, keyBytes(0));
    const sender = alice.sender();
    const receiver = bob.receiver(OWNER);
    await receiver.pass(await sender.pass(SPEECH));

    alice.host.suspendSender("self");
    expect(await sender.pass(SPEECH)).toBeUndefined();
    alice.useKey(1, 1);
    await receiver.pass(await sender.pass(SPEECH));

    expect(bob.outcomes).toEqual(["decrypted", "decrypted"]);
  });

  test("who has left cannot when the sender is honest", async () => {
    const alice = meet(tamperOf({ manners: "polite" }));
    bob.host.forget(OWNER);
    bob.host.setKey(OWNER, 0, keyBytes(0));
    const sender = alice.sender();
    const receiver = bob.receiver(OWNER);
    await receiver.pass(await sender.pass(SPEECH));

    alice.useKey(1, 1);
    await receiver.pass(await sender.pass(SPEECH));

    expect(bob.outcomes).toEqual(["decrypted", "missing_key"]);
  });
});

describe("a tampering sender", () => {
  test.each([{ sendPlain: true }, { junk: true }])("without a key still sends nothing: %o", async (tamper) => {
    const alice = new CryptoPeer(new FakeClock(), { tamper });

    expect(await alice.sender().pass(SPEECH)).toBeUndefined();
  });

  test("receives like any other", async () => {
    const alice = meet(undefined);
    const mallory = new CryptoPeer(new FakeClock(), { tamper: { junk: true, sendPlain: true } });
    mallory.host.setKey(OWNER, 0, keyBytes(0));

    await mallory.receiver(OWNER).pass(await alice.sender().pass(SPEECH));

    expect(mallory.outcomes).toEqual(["decrypted"]);
  });
});

import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import type { I420Picture } from "../media/index.ts";
import { mediaPersonOf } from "../media/index.ts";
import { CRYPTOR_STATE } from "./nativeLibrary.ts";
import { NativeLedger } from "./NativeLedger.ts";
import { NativeReceiver } from "./NativeReceiver.ts";
import { pictureFeed } from "./pictureFeed.ts";

const BOB = "@bob:server:DEVICE";
const NUMBER = 6;

let clock: FakeClock;
let ledger: NativeLedger;
let receiver: NativeReceiver;
beforeEach(() => {
  clock = new FakeClock();
  ledger = new NativeLedger(clock, (identity) => (identity === BOB ? NUMBER : undefined));
  receiver = receiverOf(BOB);
});

function receiverOf(identity: string): NativeReceiver {
  return new NativeReceiver(clock, { identity, source: "camera", setKey: () => {} });
}

function picture(): I420Picture {
  const data = pictureFeed(mediaPersonOf(NUMBER), 10).next();
  const luma = 320 * 180;
  const planes = { y: data.subarray(0, luma), u: data.subarray(luma, luma * 1.25), v: data.subarray(luma * 1.25) };
  return { width: 320, height: 180, ...planes, yStride: 320, uStride: 160, vStride: 160 };
}

describe("NativeLedger", () => {
  it("says of a decoded picture that a key opens it, and when", () => {
    const witness = ledger.witness(receiver, false);
    expect(ledger.reports()).toMatchObject([{ from: NUMBER, kind: "video", keyState: "none", counts: { good: 0 } }]);
    receiver.setKey(1, new Uint8Array(16));
    expect(ledger.reports()).toMatchObject([{ keyState: "held", firstKeyAtMs: clock.nowMs() }]);

    witness.see(picture());

    expect(ledger.reports()).toMatchObject([
      { keyState: "opens", firstDecryptedAtMs: clock.nowMs(), counts: { good: 1, plaintext: 0 } },
    ]);
  });

  it("says that a key is wrong or missing when the library does", () => {
    const witness = ledger.witness(receiver, false);
    receiver.setKey(1, new Uint8Array(16));
    witness.see(picture());

    receiver.noteCryptor(CRYPTOR_STATE.decryptionFailed);
    expect(ledger.reports()).toMatchObject([{ keyState: "wrong" }]);
    receiver.noteCryptor(CRYPTOR_STATE.missingKey);
    expect(ledger.reports()).toMatchObject([{ keyState: "held" }]);
  });

  it("counts what came without encryption as plaintext, never as good", () => {
    ledger.witness(receiver, true).see(picture());

    expect(ledger.reports()).toMatchObject([{ keyState: "none", counts: { good: 0, plaintext: 1 } }]);
  });

  it("does not speak of people who are no bots", () => {
    ledger.witness(receiverOf("@person:server:DEVICE"), false).see(picture());

    expect(ledger.reports()).toEqual([]);
  });

  it("keeps one account over the tracks of a sender", () => {
    ledger.witness(receiver, false).see(picture());
    ledger.witness(receiverOf(BOB), false).see(picture());

    expect(ledger.reports()).toMatchObject([{ counts: { good: 2, missing: 0 } }]);
  });
});

import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { createMicrophone } from "../media/index.ts";
import type { StreamReport } from "../model.ts";
import type { FrameSource } from "../rtc/FrameSource.ts";
import { FrameLedger } from "./FrameLedger.ts";

const ALICE = "@alice:hs.example:ALICEDEV";

let clock: FakeClock;
let ledger: FrameLedger;
let microphone: FrameSource;
let stamping: boolean;

beforeEach(() => {
  clock = new FakeClock();
  ledger = new FrameLedger({ clock, numberOf, isStamping: () => stamping });
  stamping = true;
  microphone = createMicrophone({ sender: 3, toneHz: 500, frameMs: 20 });
});

describe("FrameLedger", () => {
  it("counts a frame as good if its content is what its sender put in", async () => {
    const frame = nextFrame();
    await clock.advance(30);
    receive("decrypted", frame);

    expect(alice()).toMatchObject({
      from: 3,
      kind: "audio",
      counts: { good: 1, spoiled: 0, missing: 0 },
      keyState: "opens",
      firstDecryptedAtMs: clock.nowMs(),
      delayMs: { max: 30 },
    });
  });

  it("counts a damaged frame as spoiled", () => {
    const frame = nextFrame();
    frame[4]! ^= 1;
    receive("decrypted", frame);

    expect(alice()?.counts).toMatchObject({ good: 0, spoiled: 1 });
  });

  it("takes what it decrypts of a sender with an encoder for good, and without a stamp of any other for spoiled", () => {
    receive("decrypted", new Uint8Array(60));
    stamping = false;
    receive("decrypted", new Uint8Array(60));

    expect(alice()?.counts).toMatchObject({ good: 1, spoiled: 1 });
  });

  it("tells a frame of another sender than the signalling names", () => {
    microphone = createMicrophone({ sender: 4, toneHz: 500, frameMs: 20 });
    receive("decrypted", nextFrame());

    expect(alice()?.counts).toMatchObject({ good: 0, foreign: 1 });
  });

  it("tells plain frames from those that only look wrong", () => {
    receive("malformed", nextFrame());
    receive("malformed", new Uint8Array(100));

    expect(alice()?.counts).toMatchObject({ plaintext: 1, malformed: 1 });
  });

  it("counts failures by their cause, and excuses a missing key before the first good frame and while keys change", async () => {
    receive("missing_key", new Uint8Array(60));
    receive("decrypted", nextFrame());
    await clock.advance(200);
    receive("missing_key", new Uint8Array(60));
    receive("auth_failed", new Uint8Array(60));
    await clock.advance(100);
    receive("missing_key", new Uint8Array(60));

    expect(alice()).toMatchObject({ counts: { missingKey: 3, authFailed: 1 }, undecryptableAfterKey: 2 });
  });

  it("misses frames that were sent and did not arrive", () => {
    receive("decrypted", nextFrame());
    nextFrame();
    receive("decrypted", nextFrame());

    expect(alice()?.counts.missing).toBe(1);
  });

  it("misses nothing that was sent while it was away", () => {
    receive("decrypted", nextFrame());
    for (let away = 0; away < 50; away++) nextFrame();
    ledger.beginStay();
    receive("decrypted", nextFrame());

    expect(alice()?.counts).toMatchObject({ good: 2, missing: 0 });
  });

  it("measures the longest gap, pauses of the sender left out", async () => {
    receive("decrypted", nextFrame());
    await clock.advance(20);
    const late = nextFrame();
    await clock.advance(300);
    receive("decrypted", late);
    await clock.advance(5_000);
    receive("decrypted", nextFrame());

    expect(alice()?.longestGapMs).toBe(320);
  });

  it("keeps account of no more than 2,000 tracks", () => {
    for (let index = 0; index < 2_100; index++) {
      const frame = nextFrame();
      ledger.frameReceived({ identity: `@junk${index}:hs.example:D`, kind: "audio", outcome: "decrypted", frame });
    }

    expect(ledger.reports()).toHaveLength(2_000);
  });
});

function numberOf(identity: string): number | undefined {
  return identity === ALICE ? 3 : undefined;
}

function nextFrame(): Uint8Array<ArrayBuffer> {
  return microphone.next(clock.nowMs()).data;
}

function receive(outcome: "decrypted" | "missing_key" | "auth_failed" | "malformed", frame: Uint8Array): void {
  ledger.frameReceived({ identity: ALICE, kind: "audio", outcome, frame });
}

function alice(): StreamReport | undefined {
  return ledger.reports()[0];
}

import { Scope } from "@conclave/kit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createKey, createTestHost } from "./testing/createTestHost.ts";
import { createLoopback, type Loopback } from "./testing/loopback.ts";
import { Remote } from "./testing/remote.ts";
import { createTone } from "./testing/tone.ts";

const ALICE = "alice";
const AUDIO = { ownerId: ALICE, kind: "audio" } as const;
const PATIENCE = { timeout: 14_000, interval: 100 };
/** Sound that is listened to: long enough for some thirty lost frames. */
const SAMPLES = 6 * 48_000;

let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});
afterEach(() => scope.end());

interface Heard {
  readonly totalSamplesReceived: number;
  readonly concealedSamples: number;
}

async function heardAt(call: Loopback): Promise<Heard> {
  for (const entry of (await call.receiving.getStats()).values() as Iterable<Heard & { readonly type: string }>) {
    if (entry.type === "inbound-rtp") return entry;
  }
  return { totalSamplesReceived: 0, concealedSamples: 0 };
}

function createLossyWorker(): Worker {
  return new Worker(new URL("testing/lossyWorker.ts", import.meta.url), { type: "module" });
}

/** Speaks to bob, who loses one frame in ten, and returns which share of what he played had to be invented. */
async function inventedShare(codecs: readonly string[]): Promise<number> {
  const call = createLoopback(scope);
  const alice = createTestHost(scope);
  const bob = createTestHost(scope, { createWorker: createLossyWorker });
  const key = createKey();
  alice.setKey(ALICE, 0, key);
  alice.useSenderKey(ALICE, 0);
  bob.setKey(ALICE, 0, key);
  const remote = new Remote(scope);
  call.receiving.addEventListener("track", ({ receiver, track }) => {
    bob.protectReceiver(receiver, AUDIO);
    remote.show(track);
  });
  const transceiver = call.sending.addTransceiver(createTone(scope, 700), { direction: "sendonly" });
  const all = RTCRtpSender.getCapabilities("audio")?.codecs ?? [];
  transceiver.setCodecPreferences(codecs.flatMap((name) => all.filter(({ mimeType }) => mimeType === `audio/${name}`)));
  alice.protectSender(transceiver.sender, AUDIO);
  await call.connect();
  await vi.waitUntil(() => remote.sounds(700), PATIENCE);
  const before = await heardAt(call);
  await vi.waitUntil(
    async () => (await heardAt(call)).totalSamplesReceived > before.totalSamplesReceived + SAMPLES,
    PATIENCE,
  );
  const after = await heardAt(call);
  return (
    (after.concealedSamples - before.concealedSamples) / (after.totalSamplesReceived - before.totalSamplesReceived)
  );
}

describe("one frame in ten lost, under encryption", () => {
  test(
    "leaves less than half of the gaps where frames carry the one before them (RED)",
    { timeout: 45_000 },
    async () => {
      const plain = await inventedShare(["opus"]);
      const redundant = await inventedShare(["red", "opus"]);

      console.log(
        `10 % loss: ${(plain * 100).toFixed(1)} % invented with Opus, ${(redundant * 100).toFixed(1)} % with RED`,
      );
      expect(plain).toBeGreaterThan(0.04);
      expect(redundant).toBeLessThan(plain / 2);
    },
  );
});

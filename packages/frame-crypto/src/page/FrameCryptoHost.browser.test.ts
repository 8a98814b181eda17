import { Scope } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createFrameCryptoHost } from "./FrameCryptoHost.ts";
import type { FrameCryptoHost } from "./ports.ts";
import { addTrack, createLoopback } from "./testing/loopback.ts";
import { createPicture, isLike, Screen } from "./testing/picture.ts";
import { createTone, Ear } from "./testing/tone.ts";

const ORANGE = [230, 120, 20] as const;
const TONE_HZ = 900;
const PATIENCE = { timeout: 10_000, interval: 50 };
const ALICE = "alice";

let scope: Scope;
beforeEach(() => {
  scope = new Scope();
});
afterEach(() => scope.end());

function createHost(mechanism: "script_transform" | "encoded_streams" = "script_transform"): FrameCryptoHost {
  const host = createFrameCryptoHost({
    createWorker: () => new Worker(new URL("../worker/frameCryptoWorker.ts", import.meta.url), { type: "module" }),
    policy: "required",
    mechanism,
  });
  scope.onEnd(() => host.close());
  return host;
}

/** A key that alice and bob share; each test's own. */
function aliceKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16));
}

describe.each(["script_transform", "encoded_streams"] as const)("over %s", (mechanism) => {
  const configuration = (mechanism === "encoded_streams" ? { encodedInsertableStreams: true } : {}) as RTCConfiguration;

  test("alice's picture and tone arrive at bob through encryption", async () => {
    const alice = createHost(mechanism);
    const bob = createHost(mechanism);
    const reports = recordEvents(scope, bob.reported);
    const { sending, receiving, connect } = createLoopback(scope, configuration);
    let screen: Screen | undefined;
    let ear: Ear | undefined;
    receiving.addEventListener("track", ({ receiver, track }) => {
      bob.protectReceiver(receiver, { ownerId: ALICE, kind: track.kind === "audio" ? "audio" : "video" });
      if (track.kind === "audio") ear = new Ear(scope, track);
      else screen = new Screen(scope, track);
    });
    const key = aliceKey();
    alice.setKey(ALICE, 7, key);
    alice.useSenderKey(ALICE, 7);
    bob.setKey(ALICE, 7, key);
    alice.protectSender(addTrack(sending, createPicture(scope, ORANGE), "vp8"), { ownerId: ALICE, kind: "video" });
    alice.protectSender(addTrack(sending, createTone(scope, TONE_HZ), "opus"), { ownerId: ALICE, kind: "audio" });

    await connect();

    await vi.waitUntil(() => isLike(screen?.colour(), ORANGE), PATIENCE);
    await vi.waitUntil(() => Math.abs((ear?.loudestHz() ?? 0) - TONE_HZ) < 30, PATIENCE);
    expect(reports.some(({ kind, state }) => kind === "video" && state === "ok")).toBe(true);
    expect(reports.some(({ kind, state }) => kind === "audio" && state === "ok")).toBe(true);
  });
});

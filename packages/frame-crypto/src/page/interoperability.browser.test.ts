import { Scope } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { FrameCodec, TransformReport } from "../outcome.ts";
import { createKey, createTestHost } from "./testing/createTestHost.ts";
import { LiveKitCryptor } from "./testing/LiveKitCryptor.ts";
import { addTrack, createLoopback, type Loopback } from "./testing/loopback.ts";
import { createPicture } from "./testing/picture.ts";
import { Remote } from "./testing/remote.ts";
import { createTone } from "./testing/tone.ts";

const TEAL = [20, 150, 150] as const;
const TONE_HZ = 700;
const KEY_INDEX = 200;
const ALICE = "alice";
const PATIENCE = { timeout: 10_000, interval: 50 };

let scope: Scope;
let call: Loopback;
let remote: Remote;
beforeEach(() => {
  scope = new Scope();
  call = createLoopback(scope);
  remote = new Remote(scope);
});
afterEach(() => scope.end());

const kindOf = (codec: FrameCodec): "audio" | "video" => (codec === "opus" ? "audio" : "video");

function createTrack(codec: FrameCodec): MediaStreamTrack {
  return codec === "opus" ? createTone(scope, TONE_HZ) : createPicture(scope, TEAL);
}

function isPerceived(codec: FrameCodec): boolean {
  return codec === "opus" ? remote.sounds(TONE_HZ) : remote.shows(TEAL) && remote.framesShown > 10;
}

const CODECS = ["opus", "vp8", "vp9", "h264"] as const;

describe("with livekit-client's unmodified E2EE worker and the same raw key", () => {
  test.each(CODECS)("livekit-client decodes our %s", async (codec) => {
    const key = createKey();
    const ours = createTestHost(scope);
    const theirs = new LiveKitCryptor(scope, ALICE);
    await theirs.setKey(KEY_INDEX, key);
    ours.setKey(ALICE, KEY_INDEX, key);
    ours.useSenderKey(ALICE, KEY_INDEX);
    ours.protectSender(addTrack(call.sending, createTrack(codec), codec), { ownerId: ALICE, kind: kindOf(codec) });
    call.receiving.addEventListener("track", ({ receiver, track }) => {
      theirs.attach(receiver, "decode", codec);
      remote.show(track);
    });

    await call.connect();

    await vi.waitUntil(() => isPerceived(codec), PATIENCE);
  });

  test.each(CODECS)("we decode livekit-client's %s", async (codec) => {
    const { reports } = await receiveFromLiveKit(codec);

    await vi.waitUntil(() => isPerceived(codec), PATIENCE);

    await vi.waitUntil(() => reports.some(({ state }) => state === "ok"), PATIENCE);
    expect(reports.at(-1)?.counts).toMatchObject({ auth_failed: 0, malformed: 0, missing_key: 0, replayed: 0 });
  });

  test("we follow when livekit-client ratchets its key", async () => {
    const { theirs, reports } = await receiveFromLiveKit("opus");
    await vi.waitUntil(() => reports.some(({ state }) => state === "ok"), PATIENCE);

    theirs.ratchet(KEY_INDEX);

    await vi.waitUntil(() => failuresOf(reports) > 0, PATIENCE);
    const before = decryptedOf(reports);
    await vi.waitUntil(() => decryptedOf(reports) > before + 50, PATIENCE);
  });
});

async function receiveFromLiveKit(
  codec: FrameCodec,
): Promise<{ theirs: LiveKitCryptor; reports: readonly TransformReport[] }> {
  const key = createKey();
  const ours = createTestHost(scope);
  const reports = recordEvents(scope, ours.reported);
  const theirs = new LiveKitCryptor(scope, ALICE);
  await theirs.setKey(KEY_INDEX, key);
  ours.setKey(ALICE, KEY_INDEX, key);
  theirs.attach(addTrack(call.sending, createTrack(codec), codec), "encode", codec);
  call.receiving.addEventListener("track", ({ receiver, track }) => {
    ours.protectReceiver(receiver, { ownerId: ALICE, kind: kindOf(codec) });
    remote.show(track);
  });
  await call.connect();
  return { theirs, reports };
}

function countOf(reports: readonly TransformReport[], outcome: string): number {
  const counts: Readonly<Record<string, number>> = reports.at(-1)?.counts ?? {};
  return counts[outcome] ?? 0;
}

const failuresOf = (reports: readonly TransformReport[]): number => countOf(reports, "auth_failed");
const decryptedOf = (reports: readonly TransformReport[]): number => countOf(reports, "decrypted");

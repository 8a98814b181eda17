import { Scope } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { TransformReport } from "../outcome.ts";
import { createKey, createTestHost } from "./testing/createTestHost.ts";
import { addTrack, createLoopback, type Loopback } from "./testing/loopback.ts";
import { createPicture } from "./testing/picture.ts";
import type { FrameCryptoHost } from "./ports.ts";
import { Remote } from "./testing/remote.ts";
import { createTone } from "./testing/tone.ts";

const ORANGE = [230, 120, 20] as const;
const TONE_HZ = 900;
const PATIENCE = { timeout: 10_000, interval: 20 };
const ALICE = "alice";
const AUDIO = { ownerId: ALICE, kind: "audio" } as const;
const VIDEO = { ownerId: ALICE, kind: "video" } as const;

let scope: Scope;
let remote: Remote;
beforeEach(() => {
  scope = new Scope();
  remote = new Remote(scope);
});
afterEach(() => scope.end());

/** Bob's side: every track is protected before it is shown. */
function receiveAt(bob: FrameCryptoHost, call: Loopback): void {
  call.receiving.addEventListener("track", ({ receiver, track }) => {
    bob.protectReceiver(receiver, track.kind === "audio" ? AUDIO : VIDEO);
    remote.show(track);
  });
}

function giveKey(host: FrameCryptoHost, index: number, key: Uint8Array<ArrayBuffer>): void {
  host.setKey(ALICE, index, key);
  host.useSenderKey(ALICE, index);
}

function countOf(reports: readonly TransformReport[], outcome: string): number {
  const counts: Readonly<Record<string, number>> = reports.at(-1)?.counts ?? {};
  return counts[outcome] ?? 0;
}

describe.each(["script_transform", "encoded_streams"] as const)("over %s", (mechanism) => {
  let call: Loopback;
  let alice: FrameCryptoHost;
  let bob: FrameCryptoHost;
  let sent: readonly TransformReport[];
  let received: readonly TransformReport[];
  beforeEach(() => {
    const isOld = mechanism === "encoded_streams";
    call = createLoopback(scope, (isOld ? { encodedInsertableStreams: true } : {}) as RTCConfiguration);
    alice = createTestHost(scope, { mechanism });
    bob = createTestHost(scope, { mechanism });
    sent = recordEvents(scope, alice.reported);
    received = recordEvents(scope, bob.reported);
    receiveAt(bob, call);
  });

  test("alice's picture and tone arrive at bob", async () => {
    const key = createKey();
    giveKey(alice, 7, key);
    bob.setKey(ALICE, 7, key);
    alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
    alice.protectSender(addTrack(call.sending, createTone(scope, TONE_HZ), "opus"), AUDIO);

    await call.connect();

    await vi.waitUntil(() => remote.shows(ORANGE) && remote.framesShown > 5, PATIENCE);
    await vi.waitUntil(() => remote.sounds(TONE_HZ), PATIENCE);
    const ok = received.filter(({ state }) => state === "ok").map(({ kind }) => kind);
    expect(new Set(ok)).toEqual(new Set(["audio", "video"]));
  });

  test("not one frame leaves before there is a key, and the picture comes soon after", async () => {
    const key = createKey();
    bob.setKey(ALICE, 0, key);
    alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
    await call.connect();
    await vi.waitUntil(() => countOf(sent, "dropped_no_key") > 5, PATIENCE);
    expect(await framesSent(call.sending)).toBe(0);
    expect(sent.at(-1)?.state).toBe("no_key");

    giveKey(alice, 0, key);

    await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);
    expect(countOf(received, "malformed") + countOf(received, "auth_failed")).toBe(0);
  });

  test("a suspended sender stops within its frame and goes on with the next key", async () => {
    const [first, second] = [createKey(), createKey()];
    giveKey(alice, 0, first);
    bob.setKey(ALICE, 0, first);
    alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
    await call.connect();
    await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);

    alice.suspendSender(ALICE);
    await vi.waitUntil(() => countOf(sent, "dropped_no_key") > 10, PATIENCE);
    const encrypted = countOf(sent, "encrypted");
    const shown = remote.framesShown;
    await vi.waitUntil(() => countOf(sent, "dropped_no_key") > 20, PATIENCE);
    expect(countOf(sent, "encrypted")).toBe(encrypted);

    giveKey(alice, 1, second);
    bob.setKey(ALICE, 1, second);

    await vi.waitUntil(() => remote.framesShown > shown + 5, PATIENCE);
  });

  test("bob shows nothing without the key, and the picture once it has come", async () => {
    const key = createKey();
    giveKey(alice, 3, key);
    alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
    await call.connect();
    await vi.waitUntil(() => received.at(-1)?.state === "no_key", PATIENCE);
    expect(remote.framesShown).toBe(0);

    bob.setKey(ALICE, 3, key);

    await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);
  });

  test("bob shows nothing that is not encrypted", async () => {
    bob.setKey(ALICE, 0, createKey());
    const sender = addTrack(call.sending, createPicture(scope, ORANGE), "vp8");
    if (mechanism === "encoded_streams") passThrough(sender);
    await call.connect();

    await vi.waitUntil(() => countOf(received, "malformed") + countOf(received, "missing_key") > 10, PATIENCE);

    expect(countOf(received, "decrypted") + countOf(received, "passthrough")).toBe(0);
    expect(remote.framesShown).toBe(0);
  });

  test("nothing is sent any more after the host is closed", async () => {
    const key = createKey();
    giveKey(alice, 0, key);
    bob.setKey(ALICE, 0, key);
    alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
    await call.connect();
    await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);

    alice.close();

    // Frames encrypted before the end may still be on their way; plain ones would fail at bob's.
    await vi.waitUntil(() => received.at(-1)?.state === "idle", PATIENCE);
    expect(countOf(received, "malformed") + countOf(received, "auth_failed") + countOf(received, "missing_key")).toBe(
      0,
    );
  });

  test("a second call for the same receiver gives it to another member", async () => {
    const key = createKey();
    giveKey(alice, 0, key);
    bob.setKey("carol", 0, key);
    alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
    await call.connect();
    await vi.waitUntil(() => received.at(-1)?.state === "no_key", PATIENCE);

    bob.protectReceiver(call.receiving.getReceivers()[0]!, { ownerId: "carol", kind: "video" });

    await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);
    await vi.waitUntil(() => received.at(-1)?.state === "ok", PATIENCE);
    expect(received.at(-1)).toMatchObject({ ownerId: "carol", transformId: received[0]?.transformId });
  });
});

describe("in a room without encryption", () => {
  test("media flow as they are and are reported as plain", async () => {
    const call = createLoopback(scope);
    const host = createTestHost(scope, { policy: "off" });
    const reports = recordEvents(scope, host.reported);
    receiveAt(host, call);
    host.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);

    await call.connect();

    await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);
    await vi.waitUntil(() => reports.some(({ direction }) => direction === "receive"), PATIENCE);
    expect(new Set(reports.map(({ state }) => state))).toEqual(new Set(["plain"]));
  });
});

describe("the host", () => {
  test("refuses to protect a track once it is closed", () => {
    const call = createLoopback(scope);
    const host = createTestHost(scope);
    host.close();
    host.close();

    const sender = addTrack(call.sending, createPicture(scope, ORANGE), "vp8");
    expect(() => host.protectSender(sender, VIDEO)).toThrow(expect.objectContaining({ code: "host_closed" }));
  });

  test("says when the browser refuses the transform", () => {
    const call = createLoopback(scope);
    const host = createTestHost(scope, { mechanism: "encoded_streams" });

    const sender = addTrack(call.sending, createPicture(scope, ORANGE), "vp8");
    passThrough(sender);
    expect(() => host.protectSender(sender, VIDEO)).toThrow(expect.objectContaining({ code: "transform_refused" }));
  });

  test("refuses keys and indices that cannot be, and leaves the caller's key alone", () => {
    const host = createTestHost(scope);
    const key = createKey();
    const copy = key.slice();
    host.setKey(ALICE, 0, key);

    expect(key).toEqual(copy);
    expect(() => host.setKey(ALICE, 256, key)).toThrow(expect.objectContaining({ code: "invalid_key_index" }));
    expect(() => host.setKey(ALICE, 0, new Uint8Array(15))).toThrow(expect.objectContaining({ code: "invalid_key" }));
    expect(() => host.useSenderKey(ALICE, -1)).toThrow(expect.objectContaining({ code: "invalid_key_index" }));
  });
});

async function framesSent(connection: RTCPeerConnection): Promise<number> {
  const packets = [...(await connection.getStats()).values()].map((entry: { type: string; packetsSent?: number }) =>
    entry.type === "outbound-rtp" ? (entry.packetsSent ?? 0) : 0,
  );
  return packets.reduce((sum, count) => sum + count, 0);
}

/** With `encodedInsertableStreams` a sender sends nothing until somebody pipes its frames. */
function passThrough(sender: RTCRtpSender): void {
  const owner = sender as unknown as { createEncodedStreams(): ReadableWritablePair };
  const { readable, writable } = owner.createEncodedStreams();
  void readable.pipeTo(writable).catch(() => {});
}

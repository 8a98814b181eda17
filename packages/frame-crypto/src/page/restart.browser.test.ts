import { Scope } from "@conclave/kit";
import { recordEvents } from "@conclave/kit/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { TransformReport } from "../outcome.ts";
import { createKey, createTestHost } from "./testing/createTestHost.ts";
import { addTrack, createLoopback, type Loopback } from "./testing/loopback.ts";
import { createPicture } from "./testing/picture.ts";
import type { WorkerFrameCryptoHost } from "./ports.ts";
import { Remote } from "./testing/remote.ts";

const ORANGE = [230, 120, 20] as const;
const PATIENCE = { timeout: 10_000, interval: 20 };
const ALICE = "alice";
const VIDEO = { ownerId: ALICE, kind: "video" } as const;

let scope: Scope;
let remote: Remote;
let call: Loopback;
let workers: Worker[];
let alice: WorkerFrameCryptoHost;
let bob: WorkerFrameCryptoHost;
let received: readonly TransformReport[];
beforeEach(() => {
  scope = new Scope();
  remote = new Remote(scope);
  workers = [];
});
afterEach(() => scope.end());

function createWorker(): Worker {
  const worker = new Worker(new URL("../worker/frameCryptoWorker.ts", import.meta.url), { type: "module" });
  workers.push(worker);
  return worker;
}

function countOf(outcome: string): number {
  const counts: Readonly<Record<string, number>> = received.at(-1)?.counts ?? {};
  return counts[outcome] ?? 0;
}

/** Alice is seen at bob's; what fails there from now on was sent by a worker that should not have. */
async function callOn(mechanism: "script_transform" | "encoded_streams", key: Uint8Array<ArrayBuffer>): Promise<void> {
  const isOld = mechanism === "encoded_streams";
  call = createLoopback(scope, (isOld ? { encodedInsertableStreams: true } : {}) as RTCConfiguration);
  alice = createTestHost(scope, { mechanism, createWorker });
  bob = createTestHost(scope, { mechanism });
  received = recordEvents(scope, bob.reported);
  call.receiving.addEventListener("track", ({ receiver, track }) => {
    bob.protectReceiver(receiver, VIDEO);
    remote.show(track);
  });
  alice.setKey(ALICE, 0, key);
  alice.useSenderKey(ALICE, 0);
  bob.setKey(ALICE, 0, key);
  alice.protectSender(addTrack(call.sending, createPicture(scope, ORANGE), "vp8"), VIDEO);
  await call.connect();
  await vi.waitUntil(() => remote.shows(ORANGE), PATIENCE);
}

function expectNothingPlain(): void {
  expect(countOf("malformed") + countOf("auth_failed") + countOf("missing_key") + countOf("passthrough")).toBe(0);
}

describe("when the worker of a sender crashes", () => {
  test("another one goes on with its keys, not one frame leaves plain, and none is taken for one of before", async () => {
    await callOn("script_transform", createKey());
    const restarts = recordEvents(scope, alice.restarted);
    const before = countOf("decrypted");

    workers[0]?.dispatchEvent(new Event("error"));

    expect(restarts).toHaveLength(1);
    expect(workers).toHaveLength(2);
    await vi.waitUntil(() => countOf("decrypted") > before + 20, PATIENCE);
    expect(countOf("replayed")).toBe(0);
    expectNothingPlain();
  });

  test("it stays suspended, and a key that was forgotten is not used again", async () => {
    await callOn("script_transform", createKey());
    const sent = recordEvents(scope, alice.reported);
    alice.suspendSender(ALICE);
    alice.restart();
    await vi.waitUntil(() => sent.some(({ state }) => state === "no_key"), PATIENCE);

    alice.useSenderKey(ALICE, 0);
    alice.forget(ALICE);
    alice.restart();
    const before = sent.length;

    await vi.waitUntil(() => sent.slice(before).some(({ state }) => state === "no_key"), PATIENCE);
    expectNothingPlain();
  });

  test("a track over encoded streams stays silent, because nobody can get its frames back", async () => {
    await callOn("encoded_streams", createKey());

    alice.restart();

    await vi.waitUntil(() => received.at(-1)?.state === "idle", PATIENCE);
    expectNothingPlain();
  });

  test("it is replaced a bounded number of times, and then the host is closed", () => {
    const host = createTestHost(scope, { createWorker });
    for (let count = 0; count < 40; count += 1) workers.at(-1)?.dispatchEvent(new Event("error"));

    expect(workers).toHaveLength(16);
    const sender = addTrack(createLoopback(scope).sending, createPicture(scope, ORANGE), "vp8");
    expect(() => host.protectSender(sender, VIDEO)).toThrow(expect.objectContaining({ code: "host_closed" }));
  });
});

describe("when the worker of a receiver crashes", () => {
  test("another one goes on showing, and nothing that is not authentic", async () => {
    await callOn("script_transform", createKey());

    bob.restart();
    const before = received.length;

    await vi.waitUntil(() => received.slice(before).some(({ state }) => state === "ok"), PATIENCE);
    expectNothingPlain();
  });
});

import { FakeClock, settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";

import type { TransformReport } from "../outcome.ts";
import { STATE_MEMORY_MS } from "../stats.ts";
import { keyBytes } from "../testing/createMember.ts";
import { fakeFrame } from "../testing/fakeFrame.ts";
import { FakePipe } from "../testing/FakePipe.ts";
import { REPORT_INTERVAL_MS } from "../transform/TransformSet.ts";
import { FrameCryptoEngine } from "./FrameCryptoEngine.ts";
import { KEY_PATIENCE_MS } from "../transform/KeyPatience.ts";
import type { EncodedFrame, FromWorker, TransformSetup } from "./messages.ts";

/** Real cryptography takes real time; more on a busy machine. */
const PATIENCE = { timeout: 4_000, interval: 5 };
const SPEECH = Uint8Array.of(0xf8, 11, 22, 33, 44, 55);
const SEND: TransformSetup = {
  transformId: "out",
  direction: "send",
  ownerId: "alice",
  kind: "audio",
  payloadTypes: [],
};
const RECEIVE: TransformSetup = { ...SEND, transformId: "in", direction: "receive" };
const SEND_VIDEO: TransformSetup = { ...SEND, kind: "video", codec: "vp8" };

let clock: FakeClock;
let engine: FrameCryptoEngine;
let messages: FromWorker[];
beforeEach(() => {
  clock = new FakeClock();
  messages = [];
  let random = 0;
  engine = new FrameCryptoEngine({
    clock,
    randomUint32: () => (random += 1_000_000),
    send: (message) => void messages.push(message),
  });
});

const speech = (): EncodedFrame => fakeFrame({ bytes: SPEECH, metadata: { synchronizationSource: 1 } });
const picture = (type: "key" | "delta"): EncodedFrame =>
  fakeFrame({ bytes: new Uint8Array(40).fill(9), type, metadata: { synchronizationSource: 2 } });
const bytesOf = (frame: EncodedFrame | undefined): number[] => [...new Uint8Array(frame?.data ?? new ArrayBuffer(0))];

function attach(setup: TransformSetup): FakePipe {
  const pipe = new FakePipe(setup.transformId);
  void engine.attach(setup, pipe);
  return pipe;
}

async function pushAll(pipe: FakePipe, ...frames: readonly EncodedFrame[]): Promise<void> {
  const counted = totalOf(lastReport(pipe.transformId));
  for (const frame of frames) await pipe.push(frame);
  await vi.waitUntil(async () => {
    await clock.advance(REPORT_INTERVAL_MS);
    return totalOf(lastReport(pipe.transformId)) >= counted + frames.length;
  }, PATIENCE);
}

function setKey(index: number, value: number, ownerId = "alice"): void {
  engine.handle({ type: "setKey", ownerId, index, key: keyBytes(value).buffer });
}

function useKey(index: number, value: number): void {
  setKey(index, value);
  engine.handle({ type: "useSenderKey", ownerId: "alice", index });
}

function reports(): readonly TransformReport[] {
  return messages.flatMap((message) => (message.type === "report" ? [message.report] : []));
}

function lastReport(transformId?: string): TransformReport | undefined {
  return reports().findLast((report) => transformId === undefined || report.transformId === transformId);
}

const totalOf = (report: TransformReport | undefined): number =>
  Object.values(report?.counts ?? {}).reduce((sum: number, count: number) => sum + count, 0);

async function encryptedSpeech(): Promise<EncodedFrame> {
  const sender = attach(SEND);
  useKey(7, 1);
  await sender.push(speech());
  await vi.waitUntil(() => sender.passed.length > 0, PATIENCE);
  return sender.passed[0]!;
}

describe("a sender", () => {
  test("drops every frame until it has a key, then encrypts", async () => {
    const pipe = attach(SEND);
    await pushAll(pipe, speech(), speech());
    expect(pipe.passed).toEqual([]);
    expect(lastReport()).toMatchObject({ state: "no_key", counts: { dropped_no_key: 2 } });

    useKey(0, 1);
    await pushAll(pipe, speech());

    expect(pipe.passed).toHaveLength(1);
    expect(bytesOf(pipe.passed[0]).slice(1)).not.toEqual([...SPEECH].slice(1));
    expect(bytesOf(pipe.passed[0])).toHaveLength(SPEECH.byteLength + 30);
    expect(lastReport()).toMatchObject({ state: "ok", counts: { encrypted: 1, dropped_no_key: 2 } });
  });

  test("drops frames while a key is there but none has been chosen", async () => {
    const pipe = attach(SEND);
    setKey(0, 1);

    await pushAll(pipe, speech());

    expect(pipe.passed).toEqual([]);
  });

  test("drops frames while suspended, and goes on with the next key", async () => {
    const pipe = attach(SEND);
    useKey(0, 1);
    await pushAll(pipe, speech());
    engine.handle({ type: "suspendSender", ownerId: "alice" });
    await pushAll(pipe, speech(), speech());
    expect(pipe.passed).toHaveLength(1);

    useKey(1, 2);
    await pushAll(pipe, speech());

    expect(pipe.passed.map((frame) => bytesOf(frame).at(-1))).toEqual([0, 1]);
  });

  test("sends nothing with a key that is taken away while it is at work", async () => {
    const pipe = attach(SEND);
    useKey(0, 1);
    await settlePromises();
    const encrypt = vi.spyOn(crypto.subtle, "encrypt");
    encrypt.mockImplementationOnce(async (...request) => {
      engine.handle({ type: "suspendSender", ownerId: "alice" });
      encrypt.mockRestore();
      return crypto.subtle.encrypt(...request);
    });

    await pushAll(pipe, speech());

    expect(pipe.passed).toEqual([]);
  });

  test("sends no frame after its owner is forgotten", async () => {
    const pipe = attach(SEND);
    useKey(0, 1);
    await pushAll(pipe, speech());

    engine.handle({ type: "forget", ownerId: "alice" });
    await pushAll(pipe, speech());

    expect(pipe.passed).toHaveLength(1);
  });

  test("encrypts even if told that the room has no encryption", async () => {
    engine.handle({ type: "configure", policy: "off", generation: 0 });
    const pipe = attach(SEND);

    await pushAll(pipe, speech());

    expect(pipe.passed).toEqual([]);
  });

  test("asks for a key frame when video goes on after a gap, once a second until it comes", async () => {
    const pipe = attach(SEND_VIDEO);
    await pushAll(pipe, picture("key"));
    useKey(0, 1);
    await pushAll(pipe, picture("delta"), picture("delta"), picture("key"), picture("delta"));

    const requests = messages.filter(({ type }) => type === "keyFrameNeeded");
    expect(requests).toEqual([{ type: "keyFrameNeeded", transformId: "out" }]);
  });
});

describe("a receiver", () => {
  test("decrypts what the sender encrypted", async () => {
    const received = await encryptedSpeech();
    const pipe = attach(RECEIVE);

    await pipe.push(received);

    await vi.waitUntil(() => pipe.passed.length > 0, PATIENCE);
    expect(bytesOf(pipe.passed[0])).toEqual([...SPEECH]);
  });

  test("drops plain frames, whatever the SFU claims about them", async () => {
    setKey(0, 1);
    const pipe = attach(RECEIVE);

    await pushAll(pipe, speech(), fakeFrame({ bytes: new Uint8Array(80).fill(0) }), fakeFrame({ bytes: SPEECH }));

    expect(pipe.passed).toEqual([]);
    expect(lastReport()).toMatchObject({ state: "auth_failed", counts: { decrypted: 0, passthrough: 0 } });
  });

  test("drops frames until it has the key, and says so", async () => {
    const received = await encryptedSpeech();
    engine.handle({ type: "forget", ownerId: "alice" });
    const pipe = attach(RECEIVE);

    await pushAll(pipe, received);

    expect(pipe.passed).toEqual([]);
    expect(lastReport("in")).toMatchObject({ state: "no_key", counts: { missing_key: 1 } });
  });

  test("uses another member's keys after it has been given another track", async () => {
    const received = await encryptedSpeech();
    const pipe = attach(RECEIVE);
    engine.handle({ type: "retarget", setup: { ...RECEIVE, ownerId: "bob" } });

    await pushAll(pipe, received);

    expect(pipe.passed).toEqual([]);
    expect(lastReport("in")).toMatchObject({ ownerId: "bob", state: "no_key", counts: { missing_key: 1 } });
  });

  test("asks for a key frame when it can decrypt again after a gap", async () => {
    const sender = attach(SEND_VIDEO);
    useKey(7, 1);
    await pushAll(sender, picture("key"), picture("delta"), picture("delta"));
    engine.handle({ type: "forget", ownerId: "alice" });
    const pipe = attach({ ...RECEIVE, kind: "video", codec: "vp8" });
    await pushAll(pipe, sender.passed[0]!);
    expect(pipe.keyFrameRequests).toBe(0);

    setKey(7, 1);
    await pushAll(pipe, sender.passed[1]!, sender.passed[2]!);

    expect(pipe.passed).toHaveLength(2);
    expect(pipe.keyFrameRequests).toBe(1);
  });

  test("goes on after a frame that makes the browser throw", async () => {
    const received = await encryptedSpeech();
    const pipe = attach(RECEIVE);
    const broken = {
      get data(): ArrayBuffer {
        throw new TypeError("detached");
      },
    } as unknown as EncodedFrame;

    await pushAll(pipe, broken, received);

    expect(pipe.passed).toHaveLength(1);
    expect(lastReport("in")).toMatchObject({ counts: { malformed: 1, decrypted: 1 } });
  });

  test("goes on without a gap when it is given the same track again", async () => {
    const sender = attach(SEND);
    useKey(7, 1);
    await pushAll(sender, speech(), speech());
    const pipe = attach(RECEIVE);
    await pushAll(pipe, sender.passed[0]!);

    engine.handle({ type: "retarget", setup: { ...RECEIVE, codec: "opus" } });
    await pushAll(pipe, sender.passed[1]!);

    expect(lastReport("in")).toMatchObject({ state: "ok", counts: { decrypted: 2, replayed: 0 } });
  });

  test("lets frames pass, as plain, only in a room without encryption", async () => {
    engine.handle({ type: "configure", policy: "off", generation: 0 });
    const pipe = attach(RECEIVE);

    await pushAll(pipe, speech());

    expect(pipe.passed).toHaveLength(1);
    expect(lastReport()).toMatchObject({ state: "plain", counts: { passthrough: 1 } });
  });
});

describe("reports", () => {
  test("come at once when the state changes, and otherwise twice a second at most", async () => {
    const pipe = attach(SEND);
    useKey(0, 1);
    await pipe.push(speech());
    await vi.waitUntil(() => reports().length > 0, PATIENCE);
    expect(lastReport()?.state).toBe("ok");

    for (let count = 0; count < 40; count += 1) await pipe.push(speech());
    await vi.waitUntil(() => pipe.passed.length === 41, PATIENCE);
    expect(reports()).toHaveLength(1);

    await clock.advance(REPORT_INTERVAL_MS);
    expect(reports()).toHaveLength(2);
    expect(lastReport()).toMatchObject({ state: "ok", counts: { encrypted: 41 } });
  });

  test("say idle after two seconds without frames, once", async () => {
    const pipe = attach(SEND);
    useKey(0, 1);
    await pushAll(pipe, speech());
    const before = reports().length;

    await clock.advance(10 * STATE_MEMORY_MS);

    expect(reports().slice(before)).toMatchObject([{ state: "idle" }]);
  });

  test("end with the track, and no timer stays behind", async () => {
    const pipe = attach(SEND);
    await pipe.end();
    await clock.advance(REPORT_INTERVAL_MS);

    expect(clock.pendingTimers).toBe(0);
  });

  test("and faults hold neither keys nor payloads", async () => {
    const marker = 0xa5;
    const pipe = attach(SEND);
    const receiver = attach(RECEIVE);
    useKey(0, marker);
    engine.handle({ type: "setKey", ownerId: "alice", index: 1, key: new Uint8Array(3).fill(marker).buffer });
    await pushAll(pipe, fakeFrame({ bytes: new Uint8Array(50).fill(marker) }));
    await pushAll(receiver, fakeFrame({ bytes: new Uint8Array(50).fill(marker) }));

    const told = JSON.stringify(messages);
    expect(messages).toContainEqual({ type: "fault", code: "invalid_key" });
    expect(told).not.toMatch(/a5a5|165|paWl/i);
  });
});

describe("video that comes before its key", () => {
  const RECEIVE_VIDEO: TransformSetup = { ...SEND_VIDEO, transformId: "in", direction: "receive" };

  async function encryptedPictures(): Promise<EncodedFrame[]> {
    const sender = attach(SEND_VIDEO);
    useKey(7, 1);
    await sender.push(picture("key"));
    await sender.push(picture("delta"));
    await vi.waitUntil(() => sender.passed.length === 2, PATIENCE);
    return sender.passed;
  }

  test("is held back and decrypted from its key frame on", async () => {
    const frames = await encryptedPictures();
    const receiver = attach({ ...RECEIVE_VIDEO, ownerId: "bob" });
    const pushes = frames.map((frame) => receiver.push(frame));
    await settlePromises();
    expect(receiver.passed).toEqual([]);

    setKey(7, 1, "bob");

    await vi.waitUntil(() => receiver.passed.length === 2, PATIENCE);
    await Promise.all(pushes);
    expect(bytesOf(receiver.passed[0])).toHaveLength(40);
    await clock.advance(REPORT_INTERVAL_MS);
    expect(lastReport("in")).toMatchObject({ counts: { decrypted: 2, missing_key: 0 } });
  });

  test("is dropped once it has waited long enough", async () => {
    const frames = await encryptedPictures();
    const receiver = attach({ ...RECEIVE_VIDEO, ownerId: "bob" });
    const pushes = frames.map((frame) => receiver.push(frame));
    await settlePromises();

    await clock.advance(KEY_PATIENCE_MS);
    await vi.waitUntil(async () => {
      await clock.advance(REPORT_INTERVAL_MS);
      return lastReport("in")?.counts !== undefined && totalOf(lastReport("in")) === 2;
    }, PATIENCE);

    await Promise.all(pushes);
    expect(receiver.passed).toEqual([]);
    expect(lastReport("in")).toMatchObject({ state: "no_key", counts: { missing_key: 2 } });
  });
});

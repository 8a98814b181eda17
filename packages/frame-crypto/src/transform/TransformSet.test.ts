import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, test } from "vitest";

import type { FrameCipher, KeyMaterial } from "../FrameCipher.ts";
import type { TransformReport } from "../outcome.ts";
import { keyBytes } from "../testing/createMember.ts";
import type { FrameReader } from "./FrameTransform.ts";
import { REPORT_INTERVAL_MS, TransformSet } from "./TransformSet.ts";
import type { TransformSetup } from "./TransformSetup.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Frames of a host that has nothing but bytes. */
const byteFrames: FrameReader<Bytes> = {
  bytesOf: (frame) => frame,
  shapeOf: () => ({ kind: "audio", codec: "opus", isKeyFrame: true, ssrc: 1 }),
};
/** Seals with zeros. */
const blankCipher: FrameCipher = {
  seal: (_iv, _header, plain) => new Uint8Array(plain.byteLength + 16),
  open: (_iv, _header, sealed) => sealed.subarray(0, -16),
};
const SEND: TransformSetup = {
  transformId: "out",
  direction: "send",
  ownerId: "alice",
  kind: "audio",
  payloadTypes: [],
};
const SPEECH = Uint8Array.of(0xf8, 1, 2, 3);

let clock: FakeClock;
let reports: TransformReport[];
let onReport: () => void;
let set: TransformSet<Bytes>;
beforeEach(() => {
  clock = new FakeClock();
  reports = [];
  onReport = () => {};
  const material: KeyMaterial = {
    deriveBits: (_how, bits) => new Uint8Array(bits / 8),
    deriveCipher: () => blankCipher,
  };
  set = new TransformSet({
    clock,
    randomUint32: () => 0,
    importMaterial: () => material,
    frames: byteFrames,
    policy: () => "required",
    report: (report) => {
      reports.push(report);
      onReport();
    },
    needKeyFrame: () => {},
  });
});

async function useKey(): Promise<void> {
  await set.keys.setKey("alice", 0, keyBytes(1));
  set.keys.useSenderKey("alice", 0);
}

describe("a set of transforms", () => {
  test("encrypts with the primitives of its host", async () => {
    await useKey();

    const { outcome, bytes } = await set.open(SEND).transformFrame(SPEECH);

    expect(outcome).toBe("encrypted");
    expect(bytes?.subarray(0, 20)).toEqual(Uint8Array.of(0xf8, ...new Uint8Array(19)));
  });

  test("has one timer for all transforms, and none once they have nothing to say", async () => {
    await useKey();
    const first = set.open(SEND);
    set.open({ ...SEND, transformId: "other" });
    expect(clock.pendingTimers).toBe(1);

    await first.transformFrame(SPEECH);
    await clock.advance(REPORT_INTERVAL_MS);
    expect(reports.map(({ transformId, state }) => `${transformId} ${state}`)).toEqual(["out ok", "other waiting"]);
    expect(clock.pendingTimers).toBe(1);

    await clock.advance(10 * REPORT_INTERVAL_MS);
    expect(reports.at(-1)).toMatchObject({ transformId: "out", state: "idle" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("reports a track that a listener changes while it hears of the one before", async () => {
    const transform = set.open(SEND);
    onReport = () => {
      onReport = () => {};
      transform.retarget({ ...SEND, ownerId: "bob" });
    };

    await clock.advance(2 * REPORT_INTERVAL_MS);

    expect(reports.map(({ ownerId }) => ownerId)).toEqual(["alice", "bob"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("reports a track that has ended for the last time, and is then done with it", async () => {
    const transform = set.open(SEND);

    set.end(transform);
    await clock.advance(REPORT_INTERVAL_MS);

    expect(reports).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test("has neither keys nor a timer once it is closed, and encrypts nothing", async () => {
    await useKey();
    const transform = set.open(SEND);
    set.close();

    expect(await transform.transformFrame(SPEECH)).toEqual({ outcome: "dropped_no_key" });
    expect(set.keys.owner("alice")).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});

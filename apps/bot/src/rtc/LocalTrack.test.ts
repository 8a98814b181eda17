import { FakeClock } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { WireCount } from "../sfu/WireCount.ts";
import type { FrameSource } from "./FrameSource.ts";
import { LocalTrack } from "./LocalTrack.ts";
import { pacerOf } from "./Pacer.ts";
import { ProtocolTrack } from "./ProtocolTrack.ts";
import type { SendSlot } from "./PublisherPeer.ts";
import { Packetiser } from "./rtp/Packetiser.ts";
import { isRtcp, tryReadRtp } from "./rtp/rtpHeader.ts";

let clock: FakeClock;
let sent: Buffer[];
let isOpen: boolean;
let wire: WireCount;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  isOpen = true;
  wire = new WireCount();
});

function source(first = 0): FrameSource {
  let next = first;
  return {
    kind: "audio",
    codec: "opus",
    next: () => ({ data: Uint8Array.of(next++), isKeyFrame: true, durationMs: 20 }),
  };
}

function slot(): SendSlot {
  const transport = { isOpen: () => isOpen, sendMessageBinary: (packet: Buffer) => sent.push(packet) > 0 };
  const shape = { codec: "opus", ssrc: 7, payloadType: 111, audioLevelId: 1, firstSequence: 65_534 } as const;
  const packetiser = new Packetiser(shape);
  return {
    kind: "audio",
    mid: "0",
    ssrc: 7,
    transport,
    packetiser,
    firstTimestamp: 5,
    cid: "c",
    keyFrameWanted: undefined,
  };
}

function track(given = new ProtocolTrack("audio", source()), isMuted = false): LocalTrack {
  const local = new LocalTrack(given, "microphone", { clock, pacer: pacerOf(clock), wire, isMuted });
  local.transform = ({ data }) => Promise.resolve(data);
  return local;
}

function fail(): never {
  throw new Error("The transport refuses");
}

/** Payloads that were sent, of one byte each. */
function payloads(): number[] {
  return sent.filter((packet) => !isRtcp(packet)).map((packet) => packet.at(-1) ?? -1);
}

describe("LocalTrack", () => {
  it("sends a frame each time one is due, on the RTP clock, with a sender report", async () => {
    const local = track();
    local.start(slot(), "TR_1");

    await clock.advance(100);

    expect(payloads()).toEqual([0, 1, 2, 3, 4]);
    const times = sent.flatMap((packet) => tryReadRtp(packet)?.timestamp ?? []);
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 960, 1_920, 2_880, 3_840]);
    expect(sent.filter(isRtcp)).toHaveLength(1);
    expect(local.read()).toEqual({ source: "microphone", sid: "TR_1", frames: 5, failed: 0, packets: 5 });
  });

  it("sends nothing while the track is switched off, and goes on with its next frame", async () => {
    const microphone = new ProtocolTrack("audio", source());
    track(microphone).start(slot(), "TR_1");
    await clock.advance(40);
    microphone.enabled = false;
    await clock.advance(200);
    expect(payloads()).toEqual([0, 1]);

    microphone.enabled = true;
    await clock.advance(20);
    expect(payloads()).toEqual([0, 1, 2]);
  });

  it("takes no frame from its source before it can be sent and protected", async () => {
    const local = track();
    isOpen = false;
    local.start(slot(), "TR_1");
    await clock.advance(100);
    isOpen = true;
    local.transform = undefined;
    await clock.advance(100);

    local.transform = ({ data }) => Promise.resolve(data);
    await clock.advance(20);

    expect(payloads()).toEqual([0]);
  });

  it("sends nothing that its transform holds back, and keeps the order of slow ones", async () => {
    const local = track();
    local.transform = async ({ data: [number = 0], data }) => {
      if (number === 1) await new Promise<void>((resolve) => void clock.after(70, resolve));
      return number === 2 ? undefined : data;
    };
    local.start(slot(), "TR_1");

    await clock.advance(110);

    expect(payloads()).toEqual([0, 1, 3, 4, 5]);
  });

  it("is silent while muted and after its end, and leaves no timer", async () => {
    const local = track(undefined, true);
    local.start(slot(), "TR_1");
    await clock.advance(100);
    expect([payloads(), clock.pendingTimers]).toEqual([[], 0]);

    local.setMuted(false);
    await clock.advance(40);
    local.stop();
    await clock.advance(40);

    expect(payloads()).toEqual([0, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("goes on with a replaced track, and not with a stopped one", async () => {
    const local = track();
    local.start(slot(), "TR_1");
    await clock.advance(20);
    const next = new ProtocolTrack("audio", source(100));

    local.replace(next);
    await clock.advance(20);
    next.stop();
    await clock.advance(100);

    expect(payloads().at(-1)).toBeGreaterThanOrEqual(100);
    expect(payloads().length).toBeLessThanOrEqual(3);
  });

  it("goes on counting where the last user of its stream stopped, as SRTP demands", async () => {
    const used = slot();
    const first = track();
    first.start(used, "TR_1");
    await clock.advance(60);
    first.stop();

    track().start(used, "TR_2");
    await clock.advance(60);

    const sequences = sent.flatMap((packet) => tryReadRtp(packet)?.sequence ?? []);
    expect(sequences).toEqual([65_534, 65_535, 0, 1, 2, 3]);
  });

  it("counts what the transport does not take", async () => {
    const used = slot();
    const local = track();
    local.start({ ...used, transport: { isOpen: () => true, sendMessageBinary: () => fail() } }, "TR_1");

    await clock.advance(60);

    expect(local.read()).toMatchObject({ frames: 0, failed: 3 });
  });

  it("counts the bytes of the packets that the transport takes", async () => {
    track().start(slot(), "TR_1");
    await clock.advance(60);
    const failing = { ...slot(), transport: { isOpen: () => true, sendMessageBinary: () => fail() } };
    track().start(failing, "TR_2");
    await clock.advance(60);

    const bytes = sent.filter((packet) => !isRtcp(packet)).reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(wire.read()).toEqual({ sent: bytes, received: 0 });
  });

  it("asks its source for a key frame when somebody wants one", () => {
    let wishes = 0;
    const given = new ProtocolTrack("video", { ...source(), kind: "video", requestKeyFrame: () => void (wishes += 1) });
    const used = slot();
    track(given).start(used, "TR_1");

    used.keyFrameWanted?.();

    expect(wishes).toBe(1);
  });
});

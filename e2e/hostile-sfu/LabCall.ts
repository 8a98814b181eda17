import { importNodeMaterial } from "@conclave/bot";
import {
  type FrameReader,
  type FrameTransform,
  type OutgoingFrame,
  type TransformReport,
  TransformSet,
} from "@conclave/frame-crypto";
import { FakeClock } from "@conclave/kit/testing";

import { type HookedPacket, HostileSfu } from "./HostileSfu.ts";
import { FrameAssembler, packetise, type RtpFrame } from "./RtpFrame.ts";

/** A frame as encoders give it, or as a depacketiser does. */
interface LabFrame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isKeyFrame: boolean;
  readonly ssrc: number;
}

type Kind = "audio" | "video";
type Set = TransformSet<LabFrame>;

const SSRC = { audio: 1, video: 2 };
const CLOCK_RATE_HZ = { audio: 48_000, video: 90_000 };
const HEADER = {
  audio: [0xf8],
  key: [0x10, 2, 0, 0x9d, 1, 0x2a, 64, 1, 180, 0],
  delta: [0x31, 2, 0],
};
const VP8_START_DESCRIPTOR = Buffer.from([0x10]);
const AUDIO_EVERY_MS = 20;
const VIDEO_EVERY_MS = 60;
const KEY_FRAME_EVERY_MS = 1_200;
const ALICE = "alice";
const RTP_VERSION = 0x80;

const frames: FrameReader<LabFrame> = {
  bytesOf: ({ bytes }) => bytes,
  shapeOf: ({ isKeyFrame, ssrc }, { kind }): OutgoingFrame => ({
    kind,
    codec: kind === "audio" ? "opus" : "vp8",
    isKeyFrame,
    ssrc,
  }),
};

/**
 * Alice and carol speak and film to bob through a hostile SFU: real frame encryption and real packets, without a browser, on
 * a clock that the test moves.
 */
export class LabCall {
  readonly sfu = new HostileSfu();
  /** Of alice's tracks at bob's, newest last. */
  readonly reports: (TransformReport & { readonly atMs: number })[] = [];
  /** What bob's decoder got of alice's tracks. */
  readonly shown: Buffer[] = [];
  /** What alice's encoders made. */
  readonly made = new Map<string, Kind>();
  readonly #senders = new Map<string, Record<Kind, FrameTransform<LabFrame>>>();
  readonly #receivers: Record<Kind, FrameTransform<LabFrame>>;
  readonly #assemblers: Record<Kind, FrameAssembler> = { audio: new FrameAssembler(), video: new FrameAssembler() };
  readonly #clock: FakeClock;
  readonly #startedAtMs: number;
  /** A frame waits for those of its track before it, which may wait for a key. */
  readonly #arriving: Record<Kind, Promise<void>> = { audio: Promise.resolve(), video: Promise.resolve() };
  #made = 0;

  private constructor(clock: FakeClock, bob: Set, people: readonly (readonly [string, Set])[]) {
    this.#clock = clock;
    this.#startedAtMs = clock.monotonicMs();
    for (const [name, set] of people) this.#senders.set(name, openBoth(set, "send"));
    this.#receivers = openBoth(bob, "receive");
  }

  static async open(): Promise<LabCall> {
    const clock = new FakeClock();
    const reported: { call?: LabCall } = {};
    const note = (report: TransformReport): void => {
      reported.call?.reports.push({ ...report, atMs: reported.call.nowMs });
    };
    const bob = createSet(clock, note);
    const people = [
      [ALICE, createSet(clock)],
      ["carol", createSet(clock)],
    ] as const;
    for (const [person, [, set]] of people.entries()) {
      await set.keys.setKey(ALICE, 5, keyOf(person));
      set.keys.useSenderKey(ALICE, 5);
    }
    await bob.keys.setKey(ALICE, 5, keyOf(0));
    const call = new LabCall(clock, bob, people);
    reported.call = call;
    return call;
  }

  get nowMs(): number {
    return this.#clock.monotonicMs() - this.#startedAtMs;
  }

  /** Lets so much time go by, in which everybody sends. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.nowMs + durationMs;
    while (this.nowMs < untilMs) {
      for (const name of this.#senders.keys()) {
        await this.#send(name, "audio");
        if (this.nowMs % VIDEO_EVERY_MS === 0) await this.#send(name, "video");
      }
      await this.#clock.advance(AUDIO_EVERY_MS);
    }
  }

  async #send(name: string, kind: Kind): Promise<void> {
    const isKeyFrame = kind === "video" && this.nowMs % KEY_FRAME_EVERY_MS === 0;
    const header = kind === "audio" ? HEADER.audio : isKeyFrame ? HEADER.key : HEADER.delta;
    const body = new TextEncoder().encode(`${name} ${kind} ${(this.#made += 1)} `.repeat(4));
    const bytes = Uint8Array.from([...header, ...body]);
    if (name === ALICE) this.made.set(Buffer.from(bytes).toString("latin1"), kind);
    const result = await this.#senders.get(name)![kind].transformFrame({ bytes, isKeyFrame, ssrc: SSRC[kind] });
    const timestamp = Math.floor((this.nowMs * CLOCK_RATE_HZ[kind]) / 1_000);
    const frame = rtpFrame({ identity: name, kind, timestamp, data: Buffer.from(result.bytes!) }, this.nowMs);
    for (const payload of packetise(frame, { data: frame.data, timestamp, firstSequence: 0 })) {
      this.#forward({ ...frame, trackSid: `${name} ${kind}`, mimeType: kind, payload });
    }
  }

  /** Through the SFU, and to bob if it is alice's. */
  #forward(packet: HookedPacket): void {
    for (const payload of this.sfu.meddle(packet)) {
      if (packet.identity !== ALICE) continue;
      const received = this.#assemblers[packet.kind].add({ ...packet, payload });
      if (received) this.#arriving[packet.kind] = this.#arriving[packet.kind].then(() => this.#receive(received));
    }
  }

  async #receive({ kind, data }: RtpFrame): Promise<void> {
    const isKeyFrame = kind === "video" && (data.readUInt8(0) & 1) === 0;
    const bytes = Uint8Array.from(data);
    const result = await this.#receivers[kind].transformFrame({ bytes, isKeyFrame, ssrc: 0 });
    if (result.bytes !== undefined) this.shown.push(Buffer.from(result.bytes));
  }
}

function createSet(clock: FakeClock, report: (report: TransformReport) => void = () => {}): Set {
  return new TransformSet({
    clock,
    randomUint32: () => 77,
    importMaterial: importNodeMaterial,
    frames,
    policy: () => "required",
    report,
    needKeyFrame: () => {},
  });
}

function keyOf(person: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(16).fill(person + 1);
}

function openBoth(set: Set, direction: "send" | "receive"): Record<Kind, FrameTransform<LabFrame>> {
  const open = (kind: Kind): FrameTransform<LabFrame> =>
    set.open({ transformId: kind, direction, ownerId: ALICE, kind, payloadTypes: [] });
  return { audio: open("audio"), video: open("video") };
}

function rtpFrame(frame: Pick<RtpFrame, "identity" | "kind" | "timestamp" | "data">, receivedAtMs: number): RtpFrame {
  const header = Buffer.alloc(12);
  header[0] = RTP_VERSION;
  return {
    ...frame,
    receivedAtMs,
    header,
    descriptor: frame.kind === "video" ? VP8_START_DESCRIPTOR : Buffer.alloc(0),
  };
}

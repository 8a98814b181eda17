import type { MediaKind, TransformReport } from "@conclave/frame-crypto";
import type { FrameCryptoHost } from "@conclave/frame-crypto/page";
import { type Clock, Scope, silentLogger } from "@conclave/kit";
import { seededRandom } from "@conclave/kit/testing";

import { browserTypes } from "../../rtc/browserTypes.ts";
import type { RtpEnd } from "../../rtc/RtpEnd.ts";
import { createNodeFrameCrypto } from "../createNodeFrameCrypto.ts";
import type { WitnessedFrame } from "../FrameWitness.ts";
import type { FrameTamper } from "../tamper.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface CryptoPeerOptions {
  readonly policy?: "required" | "off";
  readonly tamper?: FrameTamper;
  readonly seed?: number;
}

/** One bot's frame encryption without a network: frames are put in and taken out by hand. */
export class CryptoPeer {
  readonly host: FrameCryptoHost;
  readonly reports: TransformReport[] = [];
  readonly witnessed: WitnessedFrame[] = [];

  constructor(clock: Clock, { policy = "required", tamper, seed = 1 }: CryptoPeerOptions = {}) {
    const random = seededRandom(seed);
    this.host = createNodeFrameCrypto({
      policy,
      clock,
      randomUint32: () => Math.floor(random.next() * 2 ** 32),
      witness: { frameReceived: (frame) => void this.witnessed.push(frame) },
      logger: silentLogger,
      tamper,
    });
    this.host.reported.on(new Scope(), (report) => void this.reports.push(report));
  }

  get outcomes(): readonly string[] {
    return this.witnessed.map(({ outcome }) => outcome);
  }

  /** Uses the key that is told by one number. */
  useKey(index: number, value: number): void {
    this.host.setKey("self", index, keyBytes(value));
    this.host.useSenderKey("self", index);
  }

  /** A protected track to send on. */
  sender(kind: MediaKind = "audio"): FrameGate {
    const end: RtpEnd = { kind, transform: undefined };
    this.host.protectSender(browserTypes.asRtcSender(end), { ownerId: "self", kind, codec: codecOf(kind) });
    return new FrameGate(end);
  }

  /** A protected track of somebody else. */
  receiver(ownerId: string, kind: MediaKind = "audio"): FrameGate {
    const end: RtpEnd = { kind, transform: undefined };
    const gate = new FrameGate(end);
    this.serve(gate, ownerId);
    return gate;
  }

  /** Protects a receiver for a track, the first or another one. */
  serve({ end }: FrameGate, ownerId: string): void {
    this.host.protectReceiver(browserTypes.asRtcReceiver(end), { ownerId, kind: end.kind, codec: codecOf(end.kind) });
  }
}

/** The place of the network at one end. */
export class FrameGate {
  readonly end: RtpEnd;
  #timestamp = 0;

  constructor(end: RtpEnd) {
    this.end = end;
  }

  /** What comes out behind the transform; nothing passes an end that has none. */
  async pass(data: Bytes | undefined): Promise<Bytes | undefined> {
    if (data === undefined) throw new Error("The frame before did not pass");
    this.#timestamp += 960;
    return this.end.transform?.({ data, ssrc: 7, timestamp: this.#timestamp, isKeyFrame: this.end.kind === "audio" });
  }
}

/** A key that is told by one number. */
export function keyBytes(value: number): Bytes {
  return new Uint8Array(16).fill(value);
}

function codecOf(kind: MediaKind): "opus" | "vp8" {
  return kind === "audio" ? "opus" : "vp8";
}

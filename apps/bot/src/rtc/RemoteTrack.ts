import type { TrackGuard } from "@conclave/call";
import type { MediaKind } from "@conclave/frame-crypto";

import type { AnnouncedTrack } from "./AnnouncedTrack.ts";
import { browserTypes } from "./browserTypes.ts";
import { ProtocolTrack } from "./ProtocolTrack.ts";
import type { ReceivedTrack, RtcObserver } from "./RtcObserver.ts";
import type { FrameTransform, RtpEnd, RtpFrame } from "./RtpEnd.ts";
import type { RtpHeader } from "./rtp/rtpHeader.ts";
import { SequenceCount } from "./rtp/SequenceCount.ts";
import { copyOf, Vp8Assembler } from "./rtp/Vp8Assembler.ts";
import { isVp8KeyFrame } from "./rtp/vp8Descriptor.ts";

/** The receiving end of one track of somebody else: packets in, frames to the transform. */
export class RemoteTrack implements RtpEnd {
  readonly sid: string;
  readonly kind: MediaKind;
  transform: FrameTransform | undefined;
  readonly #track: ProtocolTrack;
  readonly #assembler = new Vp8Assembler();
  readonly #sequences = new SequenceCount();
  readonly #observer: RtcObserver;
  #owner: AnnouncedTrack | undefined;
  #isGuarded = false;
  #isGone = false;
  #frames = 0;
  #firstPacketAtMs: number | undefined;
  #lastPacketAtMs: number | undefined;

  constructor(sid: string, kind: MediaKind, observer: RtcObserver) {
    this.sid = sid;
    this.kind = kind;
    this.#track = new ProtocolTrack(kind);
    this.#observer = observer;
  }

  get isOwned(): boolean {
    return this.#owner !== undefined;
  }

  /** To be shown only when it is guarded. */
  get mediaStreamTrack(): MediaStreamTrack | undefined {
    return this.#isGuarded && !this.#isGone ? browserTypes.asMediaStreamTrack(this.#track) : undefined;
  }

  /** It is known now whose track this is: from here on its frames may be delivered, if the guard takes it. */
  own(owner: AnnouncedTrack, guard: TrackGuard): void {
    this.#owner = owner;
    try {
      guard.protectReceiver(browserTypes.asRtcReceiver(this), { ...owner, codec: owner.codec || this.#codec() });
      this.#isGuarded = true;
    } catch {
      // Not guarded, so neither shown nor delivered.
      this.#track.stop();
    }
  }

  receive(packet: Buffer, header: RtpHeader, nowMs: number): void {
    if (!this.#sequences.note(header.sequence)) return;
    this.#lastPacketAtMs = nowMs;
    const owner = this.#owner;
    if (!owner) return;
    if (this.#firstPacketAtMs === undefined) {
      this.#firstPacketAtMs = nowMs;
      this.#observer.packetReceived?.(owner.identity, this.kind, nowMs);
    }
    if (this.#isGuarded) this.#deliver(packet, header);
  }

  end(): void {
    this.#isGone = true;
    this.#track.stop();
    this.transform = undefined;
  }

  read(): ReceivedTrack | undefined {
    if (!this.#owner) return undefined;
    return {
      identity: this.#owner.identity,
      source: this.#owner.source,
      sid: this.sid,
      packets: this.#sequences.received,
      lostPackets: this.#sequences.lost,
      frames: this.#frames,
      ...(this.#firstPacketAtMs !== undefined && { firstPacketAtMs: this.#firstPacketAtMs }),
      ...(this.#lastPacketAtMs !== undefined && { lastPacketAtMs: this.#lastPacketAtMs }),
      isGone: this.#isGone,
    };
  }

  #deliver(packet: Buffer, header: RtpHeader): void {
    const data = this.#depacketise(packet, header);
    if (!data || data.length === 0) return;
    this.#frames += 1;
    const isKeyFrame = this.kind === "audio" || isVp8KeyFrame(data);
    const frame: RtpFrame = { data, ssrc: header.ssrc, timestamp: header.timestamp, isKeyFrame };
    // What became of it is told where the transform tells it; there is no decoder to hand it to.
    this.transform?.(frame).catch(() => {});
  }

  #depacketise(packet: Buffer, header: RtpHeader): Uint8Array<ArrayBuffer> | undefined {
    if (this.kind === "video") return this.#assembler.push(packet, header);
    return copyOf(packet.subarray(header.payloadStart, header.payloadEnd));
  }

  #codec(): string {
    return this.kind === "audio" ? "opus" : "vp8";
  }
}

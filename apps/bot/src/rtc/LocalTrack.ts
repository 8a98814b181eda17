import type { MediaKind } from "@conclave/frame-crypto";
import type { TrackSource } from "@conclave/call";
import type { Clock } from "@conclave/kit";

import type { WireCount } from "../sfu/WireCount.ts";
import type { FrameSource } from "./FrameSource.ts";
import type { Paced, Pacer } from "./Pacer.ts";
import type { ProtocolTrack } from "./ProtocolTrack.ts";
import type { SendSlot } from "./PublisherPeer.ts";
import type { SentTrack } from "./RtcObserver.ts";
import type { FrameTransform, RtpEnd } from "./RtpEnd.ts";
import { writeSenderReport } from "./rtp/rtcp.ts";

const AUDIO_CLOCK_PER_MS = 48;
const VIDEO_CLOCK_PER_MS = 90;
const SENDER_REPORT_MS = 5_000;
/** How often a track that cannot send now is asked again. */
const IDLE_MS = 20;

export interface LocalTrackDeps {
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly wire: WireCount;
}

/** The sending end of one track: frames of a source, through the transform, into packets. */
export class LocalTrack implements RtpEnd, Paced {
  readonly kind: MediaKind;
  readonly source: TrackSource;
  transform: FrameTransform | undefined;
  readonly #deps: LocalTrackDeps;
  #track: ProtocolTrack;
  #sid = "";
  #slot: SendSlot | undefined;
  #isMuted: boolean;
  #stopPacing: () => void = () => {};
  #sending: Promise<void> = Promise.resolve();
  #reportAtMs = 0;
  #frames = 0;
  #failed = 0;
  #packets = 0;
  #bytes = 0;

  constructor(track: ProtocolTrack, source: TrackSource, options: LocalTrackDeps & { readonly isMuted: boolean }) {
    this.kind = track.kind;
    this.source = source;
    this.#track = track;
    this.#isMuted = options.isMuted;
    this.#deps = options;
  }

  /** Sends from here on, as soon as the transport is open. */
  start(slot: SendSlot, sid: string): void {
    this.#sid = sid;
    this.#slot = slot;
    slot.keyFrameWanted = () => this.#frameSource?.requestKeyFrame?.();
    this.#follow();
  }

  stop(): void {
    this.#slot = undefined;
    this.#stopPacing();
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#follow();
  }

  replace(track: ProtocolTrack): void {
    this.#track = track;
  }

  read(): SentTrack {
    return { source: this.source, sid: this.#sid, frames: this.#frames, failed: this.#failed, packets: this.#packets };
  }

  run(dueAtMs: number): number {
    const { transform } = this;
    const source = this.#frameSource;
    const slot = this.#slot;
    if (!source || !transform || !slot?.transport.isOpen()) return IDLE_MS;
    const nowMs = this.#deps.clock.nowMs();
    const { data, isKeyFrame, durationMs } = source.next(nowMs);
    const timestamp = this.#timestampAt(slot, dueAtMs);
    const sealed = transform({ data, ssrc: slot.ssrc, timestamp, isKeyFrame });
    // In order, however long each takes.
    this.#sending = this.#sending
      .then(async () => this.#send(await sealed, timestamp, nowMs))
      .catch(() => void (this.#failed += 1));
    return durationMs;
  }

  /** None while the track is switched off: a talker who pauses sends nothing, as with DTX. */
  get #frameSource(): FrameSource | undefined {
    const { enabled, readyState, source } = this.#track;
    return enabled && readyState === "live" ? source : undefined;
  }

  /** Muted and stopped tracks cost nothing. */
  #follow(): void {
    this.#stopPacing();
    if (this.#slot && !this.#isMuted) this.#stopPacing = this.#deps.pacer.add(this);
  }

  #send(frame: Uint8Array | undefined, timestamp: number, atMs: number): void {
    const slot = this.#slot;
    if (!frame || !slot || this.#isMuted || !slot.transport.isOpen()) return;
    for (const packet of slot.packetiser.packetise(frame, timestamp)) {
      slot.transport.sendMessageBinary(packet);
      this.#deps.wire.noteSent(packet.length);
      this.#packets += 1;
    }
    this.#frames += 1;
    this.#bytes += frame.length;
    if (atMs >= this.#reportAtMs) this.#report(slot, timestamp, atMs);
  }

  #report({ ssrc, transport }: SendSlot, timestamp: number, atMs: number): void {
    this.#reportAtMs = atMs + SENDER_REPORT_MS;
    const report = { ssrc, atMs, timestamp, packets: this.#packets, payloadBytes: this.#bytes };
    transport.sendMessageBinary(writeSenderReport(report));
  }

  #timestampAt({ firstTimestamp }: SendSlot, dueAtMs: number): number {
    const perMs = this.kind === "audio" ? AUDIO_CLOCK_PER_MS : VIDEO_CLOCK_PER_MS;
    return (firstTimestamp + Math.round(dueAtMs * perMs)) % 2 ** 32;
  }
}

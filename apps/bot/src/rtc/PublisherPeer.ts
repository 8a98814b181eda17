import { randomInt } from "node:crypto";

import type { MediaKind } from "@conclave/frame-crypto";
import type { Clock, Logger } from "@conclave/kit";
import { Audio, type PeerConnection, RtcpNackResponder, Video } from "node-datachannel";

import { guarded, openPeer } from "./openPeer.ts";
import { Replies } from "./Replies.ts";
import { Packetiser } from "./rtp/Packetiser.ts";
import { asksForKeyFrame } from "./rtp/rtcp.ts";
import { isRtcp } from "./rtp/rtpHeader.ts";
import { isIceLite, rewriteSections, withDirection } from "./sdp/sections.ts";

export interface PublisherPeerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly offer: (sdp: string, id: number) => void;
  readonly candidate: (candidate: string, mid: string) => void;
  readonly failed: () => void;
}

/** The part of a native track that sends. */
export interface PacketPort {
  isOpen(): boolean;
  sendMessageBinary(packet: Buffer): boolean;
}

/** Where a track is sent. Given back, it is used again by the next of its kind. */
export interface SendSlot {
  readonly kind: MediaKind;
  readonly mid: string;
  readonly ssrc: number;
  readonly transport: PacketPort;
  /** Belongs to the SSRC: SRTP refuses sequence numbers that start again. */
  readonly packetiser: Packetiser;
  readonly firstTimestamp: number;
  /** Client id of the track that uses it. */
  cid: string | undefined;
  keyFrameWanted: (() => void) | undefined;
}

/** Id of the header extension with the audio level (RFC 6464). */
const AUDIO_LEVEL_ID = 1;
const AUDIO_LEVEL_LINE = `a=extmap:${AUDIO_LEVEL_ID} urn:ietf:params:rtp-hdrext:ssrc-audio-level`;
const OPUS_PAYLOAD_TYPE = 111;
const VP8_PAYLOAD_TYPE = 96;
const NEGOTIATION_TIMEOUT_MS = 15_000;
/** Packets kept per track for a server that has missed some. */
const MAX_RESENDABLE_PACKETS = 64;

/**
 * Our end of the peer connection on which we publish: we offer, the server answers. Opened with the first track.
 *
 * libdatachannel knows one track per section for good. Which of ours is in it, or none, only the offer says, so
 * negotiations without a new section pass it by.
 *
 * @see livekit.md 2.1, 2.6, 2.7
 */
export class PublisherPeer {
  readonly #deps: PublisherPeerDeps;
  readonly #slots: SendSlot[] = [];
  readonly #answers: Replies<number, string>;
  #peer: PeerConnection | undefined;
  #described: ((sdp: string) => void) | undefined;
  #description = "";
  #isOutdated = false;
  #isLite = true;
  #candidates: (readonly [candidate: string, mid: string])[] = [];
  #offerId = 0;
  #queue: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(deps: PublisherPeerDeps) {
    this.#deps = deps;
    this.#answers = new Replies(deps.clock, () => new Error("The SFU does not answer our offer"));
  }

  /** Resolves when the server is ready to receive. @throws {Error} if it does not answer */
  async add(kind: MediaKind, cid: string): Promise<SendSlot> {
    const slot = this.#slots.find((each) => each.kind === kind && each.cid === undefined) ?? this.#makeSlot(kind);
    slot.cid = cid;
    try {
      await this.#negotiate();
    } catch (fault) {
      slot.cid = undefined;
      throw fault;
    }
    return slot;
  }

  /** Resolves also if the connection ends meanwhile: then the track is gone as well. */
  async remove(slot: SendSlot): Promise<void> {
    slot.cid = undefined;
    slot.keyFrameWanted = undefined;
    await this.#negotiate().catch(() => {});
  }

  answer(sdp: string, id: number): void {
    this.#answers.answer(id, sdp);
  }

  addCandidate(candidate: string, mid: string): void {
    this.#peer?.addRemoteCandidate(candidate, mid);
  }

  close(): void {
    this.#isClosed = true;
    this.#answers.refuseAll();
    this.#peer?.close();
  }

  #makeSlot(kind: MediaKind): SendSlot {
    const peer = (this.#peer ??= this.#open());
    const mid = String(this.#slots.length);
    const ssrc = randomInt(1, 2 ** 31);
    const isAudio = kind === "audio";
    const payloadType = isAudio ? OPUS_PAYLOAD_TYPE : VP8_PAYLOAD_TYPE;
    const media = isAudio ? new Audio(mid, "SendOnly") : new Video(mid, "SendOnly");
    if (media instanceof Audio) media.addOpusCodec(payloadType);
    else media.addVP8Codec(payloadType);
    media.addSSRC(ssrc, cnameOf(ssrc));
    const transport = peer.addTrack(media);
    const slot: SendSlot = {
      kind,
      mid,
      ssrc,
      transport,
      packetiser: new Packetiser({
        codec: isAudio ? "opus" : "vp8",
        ssrc,
        payloadType,
        audioLevelId: AUDIO_LEVEL_ID,
        firstSequence: randomInt(0, 2 ** 15),
      }),
      firstTimestamp: randomInt(0, 2 ** 31),
      cid: undefined,
      keyFrameWanted: undefined,
    };
    transport.setMediaHandler(new RtcpNackResponder(MAX_RESENDABLE_PACKETS));
    transport.onMessage(guarded(this.#deps.logger, (packet: Buffer) => noteFeedback(slot, packet)));
    this.#slots.push(slot);
    this.#isOutdated = true;
    return slot;
  }

  #open(): PeerConnection {
    const { logger, failed } = this.#deps;
    return openPeer(
      {
        logger,
        described: (sdp) => this.#described?.(sdp),
        candidate: (candidate, mid) => this.#noteCandidate(candidate, mid),
        connected: () => {},
        failed: () => this.#isClosed || failed(),
      },
      false,
    );
  }

  #negotiate(): Promise<void> {
    const done = this.#queue.then(() => this.#negotiateOnce());
    this.#queue = done.catch(() => {});
    return done;
  }

  async #negotiateOnce(): Promise<void> {
    if (this.#isClosed || !this.#peer) throw new Error("The connection has ended");
    const hasNewSection = this.#isOutdated;
    if (hasNewSection) this.#description = await this.#describe(this.#peer);
    const id = (this.#offerId += 1);
    const answered = this.#answers.wait(id, NEGOTIATION_TIMEOUT_MS);
    this.#deps.offer(this.#present(this.#description), id);
    const sdp = await answered.catch((fault: unknown) => {
      // The native side waits for an answer for good: there is no way on.
      if (!this.#isClosed) this.#deps.failed();
      throw fault;
    });
    if (!hasNewSection) return;
    this.#peer.setRemoteDescription(sdp, "answer");
    this.#isLite = isIceLite(sdp);
    this.#flushCandidates();
  }

  #describe(peer: PeerConnection): Promise<string> {
    this.#isOutdated = false;
    return new Promise((resolve) => {
      this.#described = resolve;
      peer.setLocalDescription("offer");
    });
  }

  /** Writes into the description who uses which section now. */
  #present(description: string): string {
    return rewriteSections(description, (lines, mid) => {
      const slot = this.#slots.find((each) => each.mid === mid);
      if (!slot) return [...lines];
      const bare = lines.filter((line) => !line.startsWith("a=msid:") && !line.startsWith("a=ssrc:"));
      const extensions = slot.kind === "audio" ? [AUDIO_LEVEL_LINE] : [];
      if (slot.cid === undefined) return [...withDirection(bare, "inactive"), ...extensions];
      const msid = `${slot.cid} ${slot.cid}`;
      const ssrc = `a=ssrc:${slot.ssrc}`;
      const stream = [`a=msid:${msid}`, `${ssrc} cname:${cnameOf(slot.ssrc)}`, `${ssrc} msid:${msid}`];
      return [...withDirection(bare, "sendonly"), ...extensions, ...stream];
    });
  }

  /** Kept until the answer says whether the server looks at them. */
  #noteCandidate(candidate: string, mid: string): void {
    this.#candidates.push([candidate, mid]);
    if (this.#peer?.remoteDescription()) this.#flushCandidates();
  }

  #flushCandidates(): void {
    const candidates = this.#candidates;
    this.#candidates = [];
    if (!this.#isLite) for (const [candidate, mid] of candidates) this.#deps.candidate(candidate, mid);
  }
}

function noteFeedback(slot: SendSlot, packet: Buffer): void {
  if (isRtcp(packet) && asksForKeyFrame(packet)) slot.keyFrameWanted?.();
}

function cnameOf(ssrc: number): string {
  return `bot-${ssrc}`;
}

import type { Happening } from "@conclave/kit";

import type { WorkerUsage } from "../ports.ts";

export type MediaKind = "audio" | "video";

/** A codec with the payload type of one session (RFC 8866 rtpmap, fmtp, rtcp-fb). */
export interface RtpCodec {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRateHz: number;
  readonly channels?: number;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly feedback: readonly RtcpFeedback[];
}

export interface RtcpFeedback {
  readonly type: string;
  readonly parameter: string;
}

/** A header extension with its id in one session (RFC 8285). */
export interface RtpExtension {
  readonly uri: string;
  readonly id: number;
}

/** One stream of a track: by RID when simulcast, else by SSRC. */
export interface RtpEncoding {
  readonly rid?: string;
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
  readonly scalabilityMode?: string;
}

/** How one track is sent: ORTC's RTCRtpParameters without its browser types. */
export interface RtpDescription {
  readonly mid: string;
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly RtpExtension[];
  readonly encodings: readonly RtpEncoding[];
  readonly cname: string;
}

/** What the media plane can receive and send, with the payload types and ids it sends with. */
export interface MediaCapabilities {
  readonly codecs: readonly (RtpCodec & { readonly kind: MediaKind })[];
  /** URIs that may be accepted from publishers. */
  readonly receivableExtensions: readonly { readonly uri: string; readonly kind: MediaKind }[];
}

export interface IceCandidate {
  readonly foundation: string;
  readonly protocol: "udp" | "tcp";
  readonly priority: number;
  readonly address: string;
  readonly port: number;
}

export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** Our end of a transport, as it goes into an SDP. Changes with `restartIce`. */
export interface TransportDescription {
  readonly iceUfrag: string;
  readonly icePassword: string;
  readonly fingerprint: Fingerprint;
  readonly candidates: readonly IceCandidate[];
}

export type TransportState = "new" | "connected" | "disconnected" | "failed" | "closed";

/** A whole SCTP message. */
export interface SctpMessage {
  readonly streamId: number;
  readonly ppid: number;
  readonly payload: Uint8Array;
}

export interface MediaTransport {
  readonly description: TransportDescription;
  readonly state: TransportState;
  readonly stateChanged: Happening<TransportState>;
  /** All that has ever come from the client, its checks of the path included: what grows tells that somebody is there. */
  receivedBytes(): Promise<number>;
  readonly sctpConnected: Happening<void>;
  readonly sctpReceived: Happening<SctpMessage>;
  /** Starts DTLS; the client is the DTLS client. Once only. */
  connect(fingerprint: Fingerprint): Promise<void>;
  /** Takes a new ufrag and password; media keeps flowing on the old path meanwhile. */
  restartIce(): Promise<void>;
  /** @throws {SfuError} `client_too_slow` when the send buffer is full */
  sendSctp(message: SctpMessage): Promise<void>;
  close(): void;
}

export interface PublisherTransport extends MediaTransport {
  produce(kind: MediaKind, rtp: RtpDescription, onPacket?: (packet: Buffer) => void): Promise<MediaProducer>;
}

export interface SubscriberTransport extends MediaTransport {
  /** Starts paused. */
  consume(producer: MediaProducer, mid: string): Promise<MediaConsumer>;
}

/** A published track in the media plane. */
export interface MediaProducer {
  readonly id: string;
  readonly kind: MediaKind;
  readonly isLayered: boolean;
  /** 0 (no packets) to 10 (no loss): the worst of the streams that are being sent. */
  readonly score: number;
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): void;
}

/** A subscribed track in the media plane. */
export interface MediaConsumer {
  readonly id: string;
  readonly rtp: RtpDescription;
  /** 0 to 10. */
  readonly score: number;
  pause(): Promise<void>;
  /** For video also asks for a key frame. */
  resume(): Promise<void>;
  /** Chooses the highest layer that may be sent: 0 is the smallest. Asks for a key frame when it changes. */
  setPreferredLayers(layers: { readonly spatial: number; readonly temporal: number }): Promise<void>;
  /** Who is served first when bandwidth is short: 1, as at first, to 255. Sound always goes before pictures. */
  setPriority(priority: number): Promise<void>;
  /** Nothing is sent for want of bandwidth (true), or something is again (false). Only pictures with layers starve. */
  readonly starved: Happening<boolean>;
  close(): void;
}

/** How loud a producer is: 0 to 1, linear. */
export interface AudioLevel {
  readonly producerId: string;
  readonly level: number;
}

/** The media of one room. */
export interface MediaRoom {
  readonly capabilities: MediaCapabilities;
  /** All producers above the threshold, loudest first; an empty list when all have become silent. */
  readonly audioLevels: Happening<readonly AudioLevel[]>;
  /** Its worker has gone, and everything in the room with it. */
  readonly died: Happening<void>;
  createPublisherTransport(): Promise<PublisherTransport>;
  createSubscriberTransport(): Promise<SubscriberTransport>;
  close(): void;
}

/**
 * Forwards media. Speaks ORTC-like objects, never SDP, and knows nothing of people.
 * Adapters: `mediasoup` (real) and `memory` (tests without a worker).
 */
export interface MediaPlane {
  readonly mediaPort: number;
  /** @throws {SfuError} `media_unavailable` */
  createRoom(): Promise<MediaRoom>;
  usage(): Promise<WorkerUsage>;
  close(): Promise<void>;
}

import type { MediaKind } from "@conclave/frame-crypto";
import type { TrackSource } from "@conclave/call";

/** Hears of what cannot be read from counters. */
export interface RtcObserver {
  /** The first packet of a remote track has come. Not called again for the track. */
  packetReceived?(identity: string, kind: MediaKind, atMs: number): void;
}

/** What came on a remote track so far. Instants in ms since 1970. */
export interface ReceivedTrack {
  readonly identity: string;
  readonly source: TrackSource;
  readonly sid: string;
  readonly packets: number;
  /** Sequence numbers that are missing. */
  readonly lostPackets: number;
  readonly frames: number;
  readonly firstPacketAtMs?: number;
  readonly lastPacketAtMs?: number;
  /** Of a track that the SFU has taken away. */
  readonly isGone: boolean;
}

/** What was sent on an own track so far. */
export interface SentTrack {
  readonly source: TrackSource;
  readonly sid: string;
  readonly frames: number;
  /** Frames that the transform or the transport did not take. */
  readonly failed: number;
  readonly packets: number;
}

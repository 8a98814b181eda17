import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { Clock, Logger } from "@conclave/kit";

export interface SfuConfig {
  /** API key and secret of the tokens that are accepted. */
  readonly apiKeys: Readonly<Record<string, string>>;
  /** One UDP and TCP port for all media; 0 picks a free one. */
  readonly mediaPort: number;
  /** Address that the media port is bound to. */
  readonly mediaHost: string;
  /** Addresses given to clients as ICE candidates, where they differ from the bound one. */
  readonly announce: readonly string[];
  readonly workerBin: string;
  /** Rooms come to be on the first join with a valid token (embedded default), or only through the admin API. */
  readonly autoCreateRooms: boolean;
}

/** One RTP packet as it arrived from a publisher. */
export interface TappedPacket {
  readonly room: string;
  readonly identity: string;
  readonly trackSid: string;
  readonly kind: "audio" | "video";
  readonly mimeType: string;
  /** The RTP packet, header included; a fresh copy. */
  readonly payload: Buffer;
  readonly receivedAtMs: number;
}

export interface SfuDeps {
  readonly clock: Clock;
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly logger: Logger;
  /** For tests only: sees each packet that the SFU forwards. Costs a copy per packet. */
  readonly tap?: (packet: TappedPacket) => void;
}

/** What the media worker has used since it started. */
export interface WorkerUsage {
  readonly userMs: number;
  readonly systemMs: number;
  readonly maxResidentBytes: number;
}

/** The SFU as a function of a request and an upgrade, plus its lifetime. Knows no path prefix. */
export interface Sfu {
  fetch(request: Request): Promise<Response>;
  /** Takes over WebSocket upgrades of `/rtc`; anything else is answered with its HTTP error. `path` has its prefix removed. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, path: string): void;
  createRoom(name: string): Promise<void>;
  /** The UDP/TCP port that media really uses. */
  readonly mediaPort: number;
  /** CPU time and memory of the media worker, for benchmarks. */
  getWorkerUsage(): Promise<WorkerUsage>;
  close(): Promise<void>;
}

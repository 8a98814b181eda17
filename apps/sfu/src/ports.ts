import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import type { Clock, Logger } from "@conclave/kit";

import type { SfuLimits } from "./config/limits.ts";
import type { RoomSettings } from "./room/roomSettings.ts";
import type { WebhookConfig } from "./webhooks/WebhookSender.ts";

export interface SfuConfig {
  /** API key and secret of the tokens that are accepted. */
  readonly apiKeys: Readonly<Record<string, string>>;
  /** UDP and TCP port of the first media worker; each further one has the next. 0 picks free ones. */
  readonly mediaPort: number;
  /** TCP port of media where it is another than of UDP; 0: none. */
  readonly mediaTcpPort?: number;
  /** False: clients come over TCP only. Default true. */
  readonly hasUdp?: boolean;
  /** Media workers, of which each uses one core; default 1. */
  readonly workers?: number;
  /** Address that the media ports are bound to, or several, separated by commas. */
  readonly mediaHost: string;
  /** Addresses given to clients as ICE candidates, where they differ from the bound one. */
  readonly announce: readonly string[];
  readonly workerBin: string;
  /** Rooms come to be on the first join with a valid token (embedded default), or only through the admin API. */
  readonly autoCreateRooms: boolean;
  /** Of rooms for which nothing else is asked; what is missing is LiveKit's default. */
  readonly room?: Partial<RoomSettings>;
  /** Whether the server API may open a microphone that is muted; default false. */
  readonly allowsRemoteUnmute?: boolean;
  /** What is missing is the default. */
  readonly limits?: Partial<SfuLimits>;
  /** Who is told what happens; nobody, if missing. */
  readonly webhook?: WebhookConfig;
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
  /** How webhooks are sent, for programs that hold their receiver too; default `fetch`. */
  readonly sendWebhook?: (request: Request) => Promise<Response>;
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
  /** The metrics page, in Prometheus' text format. Not part of `fetch`: it tells about the installation. */
  metrics(): Promise<Response>;
  /** The UDP/TCP port that media really uses. */
  readonly mediaPort: number;
  /** CPU time and memory of the media worker, for benchmarks. */
  getWorkerUsage(): Promise<WorkerUsage>;
  /** Sends everybody to another SFU, or to this one when it is back; then ends media. Idempotent. */
  close(): Promise<void>;
}

import { Emitter } from "@conclave/kit";

import { SfuError } from "../../errors.ts";
import type {
  Fingerprint,
  MediaConsumer,
  MediaKind,
  MediaProducer,
  PublisherTransport,
  RtpDescription,
  SctpMessage,
  SubscriberTransport,
  TransportDescription,
  TransportState,
} from "../MediaPlane.ts";

const BEST_SCORE = 10;
let lastId = 0;

function nextId(): string {
  lastId += 1;
  return `memory-${lastId}`;
}

/** A transport of the memory plane, for either direction. */
export class MemoryTransport implements PublisherTransport, SubscriberTransport {
  readonly stateChanged: Emitter<TransportState> = new Emitter<TransportState>();
  readonly sctpConnected: Emitter<void> = new Emitter<void>();
  readonly sctpReceived: Emitter<SctpMessage> = new Emitter<SctpMessage>();
  /** What the server has sent, oldest first. */
  readonly sentSctp: SctpMessage[] = [];
  readonly producers: MemoryProducer[] = [];
  readonly consumers: MemoryConsumer[] = [];
  state: TransportState = "new";
  /** False: the client never finds a way to us. */
  isReachable = true;
  restarts = 0;
  /** True: nothing comes from the client any more. */
  isSilent = false;
  #receivedBytes = 0;
  readonly #index: number;

  constructor(index: number) {
    this.#index = index;
  }

  get description(): TransportDescription {
    return {
      iceUfrag: `ufrag${this.#index}x${this.restarts}`,
      icePassword: "password-of-at-least-22-characters",
      fingerprint: { algorithm: "sha-256", value: Array.from({ length: 32 }, () => "AB").join(":") },
      candidates: [{ foundation: "1", protocol: "udp", priority: 1, address: "127.0.0.1", port: 9 }],
    };
  }

  async connect(_fingerprint: Fingerprint): Promise<void> {
    if (this.state !== "new") throw new SfuError("media_failed", "Connected already");
    if (!this.isReachable) return;
    this.become("connected");
    this.sctpConnected.emit();
  }

  async receivedBytes(): Promise<number> {
    if (!this.isSilent) this.#receivedBytes += 1;
    return this.#receivedBytes;
  }

  async restartIce(): Promise<void> {
    this.restarts += 1;
  }

  async sendSctp(message: SctpMessage): Promise<void> {
    if (this.state === "closed") throw new SfuError("media_failed", "The transport is closed");
    this.sentSctp.push(message);
  }

  async produce(kind: MediaKind, rtp: RtpDescription): Promise<MediaProducer> {
    const producer = new MemoryProducer(kind, rtp);
    this.producers.push(producer);
    return producer;
  }

  async consume(producer: MediaProducer, mid: string): Promise<MediaConsumer> {
    if (!(producer instanceof MemoryProducer) || producer.isClosed) {
      throw new SfuError("media_failed", "The producer is gone");
    }
    const consumer = new MemoryConsumer(producer, mid);
    this.consumers.push(consumer);
    return consumer;
  }

  close(): void {
    for (const each of [...this.producers, ...this.consumers]) each.close();
    this.become("closed");
  }

  /** Changes the state from outside, as networks do. */
  become(state: TransportState): void {
    if (this.state === state || this.state === "closed") return;
    this.state = state;
    this.stateChanged.emit(state);
  }
}

/** A published track of the memory plane. */
export class MemoryProducer implements MediaProducer {
  readonly id: string = nextId();
  readonly kind: MediaKind;
  readonly rtp: RtpDescription;
  score = BEST_SCORE;
  isPaused = false;
  isClosed = false;

  constructor(kind: MediaKind, rtp: RtpDescription) {
    this.kind = kind;
    this.rtp = rtp;
  }

  get isLayered(): boolean {
    return this.rtp.encodings.length > 1;
  }

  async pause(): Promise<void> {
    this.isPaused = true;
  }

  async resume(): Promise<void> {
    this.isPaused = false;
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A subscribed track of the memory plane. */
export class MemoryConsumer implements MediaConsumer {
  readonly id: string = nextId();
  readonly rtp: RtpDescription;
  score = BEST_SCORE;
  isPaused = true;
  isClosed = false;
  layers: { readonly spatial: number; readonly temporal: number } | undefined;
  priority = 1;
  readonly starved: Emitter<boolean> = new Emitter<boolean>();

  constructor(producer: MemoryProducer, mid: string) {
    const ssrc = Number(this.id.slice("memory-".length));
    this.rtp = { ...producer.rtp, mid, encodings: [{ ssrc }], cname: "memory" };
  }

  async pause(): Promise<void> {
    this.isPaused = true;
  }

  async resume(): Promise<void> {
    this.isPaused = false;
  }

  async setPreferredLayers(layers: { readonly spatial: number; readonly temporal: number }): Promise<void> {
    this.layers = layers;
  }

  async setPriority(priority: number): Promise<void> {
    this.priority = priority;
  }

  close(): void {
    this.isClosed = true;
  }
}

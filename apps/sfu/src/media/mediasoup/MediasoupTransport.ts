import { Emitter } from "@conclave/kit";
import type { types } from "mediasoup";

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
import type { ListenAddress } from "./addresses.ts";
import { subscriberCapabilities, toRtpParameters } from "./codecs.ts";
import { MediasoupConsumer, MediasoupProducer } from "./endpoints.ts";
import type { SctpBridge } from "./SctpBridge.ts";
import type { Seat } from "./Seat.ts";

/** What a transport needs of its room. */
export interface TransportDeps {
  readonly seat: Seat;
  readonly sctp: SctpBridge;
  /** Under which the media port is reachable. */
  readonly addresses: readonly ListenAddress[];
  readonly producerAdded: (producer: types.Producer) => void;
}

/** Least time between two key frame requests to one publisher. */
const KEY_FRAME_REQUEST_DELAY_MS = 1000;

/** Both directions in one class: mediasoup makes no difference between a publisher's and a subscriber's transport. */
export class MediasoupTransport implements PublisherTransport, SubscriberTransport {
  readonly stateChanged: Emitter<TransportState> = new Emitter<TransportState>();
  readonly sctpConnected: Emitter<void> = new Emitter<void>();
  readonly sctpReceived: Emitter<SctpMessage>;
  readonly #transport: types.WebRtcTransport;
  readonly #deps: TransportDeps;
  #state: TransportState = "new";

  constructor(transport: types.WebRtcTransport, deps: TransportDeps) {
    this.#transport = transport;
    this.#deps = deps;
    this.sctpReceived = deps.sctp.received;
    transport.on("icestatechange", () => this.#update());
    transport.on("dtlsstatechange", () => this.#update());
    transport.on("routerclose", () => this.#update());
    transport.on("sctpstatechange", (state) => {
      if (state === "connected") this.sctpConnected.emit();
    });
  }

  get state(): TransportState {
    return this.#state;
  }

  get description(): TransportDescription {
    const { iceParameters, iceCandidates, dtlsParameters } = this.#transport;
    const fingerprint = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256");
    if (!fingerprint) throw new SfuError("media_failed", "The worker has no SHA-256 certificate fingerprint");
    const candidates = iceCandidates.flatMap(({ foundation, protocol, priority, address, port }) =>
      this.#namesOf(address).map((each, index) => ({
        foundation: index === 0 ? foundation : `${foundation}${index}`,
        protocol,
        priority: priority - index,
        address: each,
        port,
      })),
    );
    return {
      iceUfrag: iceParameters.usernameFragment,
      icePassword: iceParameters.password,
      fingerprint,
      candidates,
    };
  }

  async connect(fingerprint: Fingerprint): Promise<void> {
    const algorithm = fingerprint.algorithm as types.FingerprintAlgorithm;
    await this.#guard(() =>
      this.#transport.connect({
        dtlsParameters: { role: "client", fingerprints: [{ algorithm, value: fingerprint.value }] },
      }),
    );
  }

  async restartIce(): Promise<void> {
    await this.#guard(() => this.#transport.restartIce());
  }

  async receivedBytes(): Promise<number> {
    const stats = await this.#guard(() => this.#transport.getStats());
    return stats.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0);
  }

  sendSctp(message: SctpMessage): Promise<void> {
    return this.#deps.sctp.send(message);
  }

  async produce(kind: MediaKind, rtp: RtpDescription, onPacket?: (packet: Buffer) => void): Promise<MediaProducer> {
    const producer = await this.#guard(() =>
      this.#transport.produce({
        kind,
        rtpParameters: toRtpParameters(kind, rtp),
        keyFrameRequestDelay: KEY_FRAME_REQUEST_DELAY_MS,
      }),
    );
    if (onPacket) await this.#tap(producer, onPacket);
    this.#deps.producerAdded(producer);
    return new MediasoupProducer(producer, this.#deps.seat);
  }

  async consume(producer: MediaProducer, mid: string): Promise<MediaConsumer> {
    const { seat } = this.#deps;
    const { rtpCapabilities: own } = seat.router;
    const consumer = await this.#guard(async () => {
      if (!(producer instanceof MediasoupProducer)) throw new SfuError("media_failed", "Not a track of this plane");
      const rtpCapabilities = subscriberCapabilities(own);
      return this.#transport.consume({ producerId: await seat.reach(producer), rtpCapabilities, mid, paused: true });
    });
    seat.worker.load += 1;
    consumer.observer.once("close", () => {
      seat.worker.load -= 1;
    });
    return new MediasoupConsumer(consumer, own);
  }

  close(): void {
    this.#transport.close();
    this.#update();
  }

  /** All that stands for an address which the worker names. */
  #namesOf(address: string): readonly string[] {
    const bound = this.#deps.addresses.find(({ announced }) => announced[0] === address);
    return bound?.announced ?? [address];
  }

  async #tap(producer: types.Producer, onPacket: (packet: Buffer) => void): Promise<void> {
    const { direct, router } = this.#deps.seat;
    const consumer = await direct.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities });
    consumer.on("rtp", (packet) => onPacket(Buffer.from(packet)));
  }

  #update(): void {
    const next = stateOf(this.#transport);
    if (next === this.#state) return;
    this.#state = next;
    this.stateChanged.emit(next);
  }

  async #guard<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (cause) {
      throw new SfuError("media_failed", "The media worker refused", { cause });
    }
  }
}

function stateOf({ closed, dtlsState, iceState }: types.WebRtcTransport): TransportState {
  if (closed || dtlsState === "closed") return "closed";
  if (dtlsState === "failed") return "failed";
  if (iceState === "disconnected") return "disconnected";
  return dtlsState === "connected" ? "connected" : "new";
}

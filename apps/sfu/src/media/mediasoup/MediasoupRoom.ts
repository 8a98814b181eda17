import { Emitter } from "@conclave/kit";
import type { types } from "mediasoup";

import { SfuError } from "../../errors.ts";
import type {
  AudioLevel,
  MediaCapabilities,
  MediaRoom,
  PublisherTransport,
  SubscriberTransport,
} from "../MediaPlane.ts";
import { ROUTER_CODECS, toCapabilities } from "./codecs.ts";
import { MediasoupTransport } from "./MediasoupTransport.ts";
import { SctpBridge, type SctpStreams } from "./SctpBridge.ts";

/** Clients are DTLS clients, so they open even streams; all known ones open three. */
const PUBLISHER_STREAMS: SctpStreams = { receive: [0, 2, 4], sendReliable: [0, 2, 4], sendLossy: [] };
/** Ours are odd (RFC 8832 §6): 1 reliable, 3 lossy. The client acknowledges on the same streams. */
export const SUBSCRIBER_STREAMS: SctpStreams = { receive: [1, 3], sendReliable: [1], sendLossy: [3] };

const MAX_DATA_MESSAGE_BYTES = 262_144;
const DATA_SEND_BUFFER_BYTES = 2_000_000;
const INITIAL_OUTGOING_BPS = 1_000_000;
/** mediasoup wants ten packets of 20 ms in an interval to tell a level. */
const AUDIO_LEVEL_INTERVAL_MS = 400;
const AUDIO_LEVEL_THRESHOLD_DBOV = -60;
const MAX_SPEAKERS = 32;
/** dBov to amplitude: 20 dB are a factor of ten. */
const DB_PER_DECADE = 20;

export interface RoomDeps {
  readonly router: types.Router;
  readonly webRtcServer: types.WebRtcServer;
  readonly extraAddresses: readonly string[];
}

/** One room on one mediasoup router. */
export class MediasoupRoom implements MediaRoom {
  readonly capabilities: MediaCapabilities;
  readonly audioLevels: Emitter<readonly AudioLevel[]> = new Emitter<readonly AudioLevel[]>();
  readonly #deps: RoomDeps;
  readonly #direct: types.DirectTransport;
  readonly #source: types.DataProducer;
  readonly #observer: types.AudioLevelObserver;

  static async create(worker: types.Worker, deps: Omit<RoomDeps, "router">): Promise<MediasoupRoom> {
    const router = await worker.createRouter({ mediaCodecs: ROUTER_CODECS });
    const [direct, observer] = await Promise.all([
      router.createDirectTransport({ maxSendMessageSize: MAX_DATA_MESSAGE_BYTES }),
      router.createAudioLevelObserver({
        interval: AUDIO_LEVEL_INTERVAL_MS,
        threshold: AUDIO_LEVEL_THRESHOLD_DBOV,
        maxEntries: MAX_SPEAKERS,
      }),
    ]);
    const source = await direct.produceData({ label: "down" });
    return new MediasoupRoom({ router, ...deps }, direct, source, observer);
  }

  private constructor(
    deps: RoomDeps,
    direct: types.DirectTransport,
    source: types.DataProducer,
    observer: types.AudioLevelObserver,
  ) {
    this.#deps = deps;
    this.#direct = direct;
    this.#source = source;
    this.#observer = observer;
    this.capabilities = toCapabilities(deps.router.rtpCapabilities);
    observer.on("volumes", (volumes) => {
      this.audioLevels.emit(
        volumes.map(({ producer, volume }) => ({ producerId: producer.id, level: 10 ** (volume / DB_PER_DECADE) })),
      );
    });
    observer.on("silence", () => this.audioLevels.emit([]));
  }

  createPublisherTransport(): Promise<PublisherTransport> {
    return this.#createTransport(PUBLISHER_STREAMS);
  }

  createSubscriberTransport(): Promise<SubscriberTransport> {
    return this.#createTransport(SUBSCRIBER_STREAMS);
  }

  close(): void {
    this.#deps.router.close();
  }

  async #createTransport(streams: SctpStreams): Promise<MediasoupTransport> {
    const { router, webRtcServer, extraAddresses } = this.#deps;
    try {
      const transport = await router.createWebRtcTransport({
        webRtcServer,
        enableUdp: true,
        enableTcp: true,
        preferUdp: true,
        enableSctp: true,
        maxSendMessageSize: MAX_DATA_MESSAGE_BYTES,
        maxReceiveMessageSize: MAX_DATA_MESSAGE_BYTES,
        sctpSendBufferSize: DATA_SEND_BUFFER_BYTES,
        initialAvailableOutgoingBitrate: INITIAL_OUTGOING_BPS,
      });
      const sctp = await SctpBridge.create(transport, this.#direct, this.#source, streams);
      const producerAdded = (producer: types.Producer): void => this.#observe(producer);
      return new MediasoupTransport(transport, { router, direct: this.#direct, sctp, extraAddresses, producerAdded });
    } catch (cause) {
      throw new SfuError("media_failed", "The media worker made no transport", { cause });
    }
  }

  #observe(producer: types.Producer): void {
    if (producer.kind !== "audio") return;
    // Fails only if the producer has gone already, and then there is nothing to observe.
    this.#observer.addProducer({ producerId: producer.id }).catch(() => undefined);
  }
}

import type { types } from "mediasoup";

import { SfuError } from "../../errors.ts";
import type { ListenAddress } from "./addresses.ts";
import { ROUTER_CODECS } from "./codecs.ts";
import type { MediasoupProducer } from "./endpoints.ts";
import type { MediaWorker } from "./MediaWorker.ts";
import { MediasoupTransport } from "./MediasoupTransport.ts";
import { SctpBridge, type SctpStreams } from "./SctpBridge.ts";

const MAX_DATA_MESSAGE_BYTES = 262_144;
const DATA_SEND_BUFFER_BYTES = 2_000_000;
const INITIAL_OUTGOING_BPS = 1_000_000;

interface SeatParts {
  readonly home: MediaWorker;
  readonly router: types.Router;
  readonly webRtcServer: types.WebRtcServer;
  readonly direct: types.DirectTransport;
  readonly source: types.DataProducer;
}

/** A room's place on one worker: its router, and its way to Node for data. */
export class Seat {
  readonly worker: MediaWorker;
  readonly router: types.Router;
  readonly direct: types.DirectTransport;
  readonly #parts: SeatParts;
  /** What has come over from other workers, by producer. As many as the room has tracks. */
  readonly #piped = new Map<string, Promise<string>>();

  static async open(home: MediaWorker): Promise<Seat> {
    const { worker, webRtcServer } = await home.engine;
    const router = await worker.createRouter({ mediaCodecs: ROUTER_CODECS });
    const direct = await router.createDirectTransport({ maxSendMessageSize: MAX_DATA_MESSAGE_BYTES });
    const source = await direct.produceData({ label: "down" });
    return new Seat({ home, router, webRtcServer, direct, source });
  }

  private constructor(parts: SeatParts) {
    this.#parts = parts;
    this.worker = parts.home;
    this.router = parts.router;
    this.direct = parts.direct;
  }

  /** @throws {SfuError} `media_failed` */
  async createTransport(
    streams: SctpStreams,
    addresses: readonly ListenAddress[],
    producerAdded: (producer: types.Producer) => void,
  ): Promise<MediasoupTransport> {
    const { router, webRtcServer, direct, source } = this.#parts;
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
      const sctp = await SctpBridge.create(transport, direct, source, streams);
      return new MediasoupTransport(transport, { seat: this, sctp, addresses, producerAdded });
    } catch (cause) {
      throw new SfuError("media_failed", "The media worker made no transport", { cause });
    }
  }

  /**
   * Id under which this worker has a producer; one of another worker is brought over once, with all its layers.
   *
   * @throws the media plane's own errors
   */
  async reach({ id, seat }: MediasoupProducer): Promise<string> {
    if (seat === this) return id;
    const known = this.#piped.get(id);
    if (known) return known;
    const piped = seat.router.pipeToRouter({ producerId: id, router: this.router }).then(({ pipeProducer }) => {
      if (!pipeProducer) throw new SfuError("media_failed", "The track did not come over");
      pipeProducer.observer.once("close", () => this.#piped.delete(id));
      return pipeProducer.id;
    });
    this.#piped.set(id, piped);
    piped.catch(() => this.#piped.delete(id));
    return piped;
  }

  close(): void {
    this.router.close();
  }
}

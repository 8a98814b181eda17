import { Emitter, Scope } from "@conclave/kit";
import type { types } from "mediasoup";

import type {
  AudioLevel,
  MediaCapabilities,
  MediaRoom,
  PublisherTransport,
  SubscriberTransport,
} from "../MediaPlane.ts";
import type { ListenAddress } from "./addresses.ts";
import { toCapabilities } from "./codecs.ts";
import type { MediaWorker } from "./MediaWorker.ts";
import type { SctpStreams } from "./SctpBridge.ts";
import { Seat } from "./Seat.ts";

/** Clients are DTLS clients, so they open even streams; all known ones open three. */
const PUBLISHER_STREAMS: SctpStreams = { receive: [0, 2, 4], sendReliable: [0, 2, 4], sendLossy: [] };
/** Ours are odd (RFC 8832 §6): 1 reliable, 3 lossy. The client acknowledges on the same streams. */
export const SUBSCRIBER_STREAMS: SctpStreams = { receive: [1, 3], sendReliable: [1], sendLossy: [3] };

/** mediasoup wants ten packets of 20 ms in an interval to tell a level. */
const AUDIO_LEVEL_INTERVAL_MS = 400;
const AUDIO_LEVEL_THRESHOLD_DBOV = -60;
const MAX_SPEAKERS = 32;
/** dBov to amplitude: 20 dB are a factor of ten. */
const DB_PER_DECADE = 20;

export interface RoomDeps {
  /** All of the machine. */
  readonly workers: readonly MediaWorker[];
  readonly streamsPerWorker: number;
  readonly addresses: readonly ListenAddress[];
}

/**
 * One room on mediasoup. Everybody publishes to one router. Who comes when that one's worker sends enough receives from a
 * router on another worker, to which tracks are piped as they are wanted there.
 */
export class MediasoupRoom implements MediaRoom {
  readonly capabilities: MediaCapabilities;
  readonly audioLevels: Emitter<readonly AudioLevel[]> = new Emitter<readonly AudioLevel[]>();
  readonly died: Emitter<void> = new Emitter<void>();
  readonly #deps: RoomDeps;
  readonly #home: Seat;
  readonly #observer: types.AudioLevelObserver;
  /** By worker; at most one on each. */
  readonly #seats = new Map<MediaWorker, Promise<Seat>>();
  readonly #scope = new Scope();
  #isOver = false;

  static async create(home: MediaWorker, deps: RoomDeps): Promise<MediasoupRoom> {
    const seat = await Seat.open(home);
    const observer = await seat.router.createAudioLevelObserver({
      interval: AUDIO_LEVEL_INTERVAL_MS,
      threshold: AUDIO_LEVEL_THRESHOLD_DBOV,
      maxEntries: MAX_SPEAKERS,
    });
    return new MediasoupRoom(seat, observer, deps);
  }

  private constructor(home: Seat, observer: types.AudioLevelObserver, deps: RoomDeps) {
    this.#home = home;
    this.#observer = observer;
    this.#deps = deps;
    void this.#keep(home.worker, Promise.resolve(home));
    this.capabilities = toCapabilities(home.router.rtpCapabilities);
    observer.on("volumes", (volumes) => {
      this.audioLevels.emit(
        volumes.map(({ producer, volume }) => ({ producerId: producer.id, level: 10 ** (volume / DB_PER_DECADE) })),
      );
    });
    observer.on("silence", () => this.audioLevels.emit([]));
  }

  createPublisherTransport(): Promise<PublisherTransport> {
    return this.#home.createTransport(PUBLISHER_STREAMS, this.#deps.addresses, (producer) => this.#observe(producer));
  }

  async createSubscriberTransport(): Promise<SubscriberTransport> {
    const seat = await this.#seatFor();
    return seat.createTransport(SUBSCRIBER_STREAMS, this.#deps.addresses, () => undefined);
  }

  close(): void {
    this.#isOver = true;
    void this.#scope.end();
    for (const seat of this.#seats.values()) {
      seat.then(
        (each) => each.close(),
        () => undefined,
      );
    }
  }

  /** Where the next subscriber receives from: at home while its worker has room, else wherever least is sent. */
  async #seatFor(): Promise<Seat> {
    const { workers, streamsPerWorker } = this.#deps;
    if (this.#home.worker.load < streamsPerWorker) return this.#home;
    const [worker = this.#home.worker] = workers.toSorted((a, b) => a.load - b.load);
    const seat = this.#seats.get(worker) ?? this.#keep(worker, Seat.open(worker));
    // A worker that is just being replaced: at home there is always a place.
    return seat.catch(() => this.#home);
  }

  #keep(worker: MediaWorker, seat: Promise<Seat>): Promise<Seat> {
    this.#seats.set(worker, seat);
    seat.catch(() => this.#seats.delete(worker));
    // A room that has lost a part of itself begins anew as a whole.
    worker.died.on(this.#scope, () => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.died.emit();
    });
    return seat;
  }

  #observe(producer: types.Producer): void {
    if (producer.kind !== "audio") return;
    // Fails only if the producer has gone already, and then there is nothing to observe.
    this.#observer.addProducer({ producerId: producer.id }).catch(() => undefined);
  }
}

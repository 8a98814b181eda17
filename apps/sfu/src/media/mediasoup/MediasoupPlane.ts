import { SfuError } from "../../errors.ts";
import type { WorkerUsage } from "../../ports.ts";
import type { MediaPlane, MediaRoom } from "../MediaPlane.ts";
import { findFreePort, type ListenAddress, mediaAddresses } from "./addresses.ts";
import { MediasoupRoom } from "./MediasoupRoom.ts";
import { MediaWorker, type WorkerDeps } from "./MediaWorker.ts";

export interface PlaneConfig {
  readonly workerBin: string;
  /** One address or several, separated by commas; `0.0.0.0` and `::` are all of their family. */
  readonly mediaHost: string;
  /** Of the first worker; each further one has the next. 0: free ones. */
  readonly mediaPort: number;
  /** TCP port of the first worker where it is another than of UDP; 0: none. */
  readonly mediaTcpPort?: number;
  readonly announce: readonly string[];
  /** One each core is best; default 1. */
  readonly workers?: number;
  /** False: clients come over TCP only. Default true. */
  readonly hasUdp?: boolean;
  /** Streams that one worker sends before a room goes on on another; default `MAX_STREAMS_PER_WORKER`. */
  readonly streamsPerWorker?: number;
}

/** About what a core sends with room to spare: mediasoup counts on 500 videos, here 2500 voices took three quarters. */
export const MAX_STREAMS_PER_WORKER = 1000;

/**
 * The media plane on mediasoup: one worker a core, each with a port of its own, because a socket belongs to one process and
 * the kernel cannot know which worker has a client's room. Rooms go to the worker that sends least; a room that is too large
 * for its worker goes on on another.
 */
export class MediasoupPlane implements MediaPlane {
  readonly mediaPort: number;
  readonly #addresses: readonly ListenAddress[];
  readonly #workers: readonly MediaWorker[];
  readonly #streamsPerWorker: number;
  #roomsMade = 0;

  /** @throws {SfuError} `media_unavailable` when a worker does not start or a port is taken */
  static async start(deps: WorkerDeps, config: PlaneConfig): Promise<MediasoupPlane> {
    const { workers: count = 1, workerBin, hasUdp = true } = config;
    const addresses = mediaAddresses(config.mediaHost, config.announce);
    const hosts = addresses.map(({ ip }) => ip);
    const workers: MediaWorker[] = [];
    try {
      for (let index = 0; index < count; index += 1) {
        const port = config.mediaPort === 0 ? await findFreePort(hosts) : config.mediaPort + index;
        const { mediaTcpPort: firstTcp } = config;
        const tcpPort = firstTcp ? firstTcp + index : (firstTcp ?? port);
        workers.push(await MediaWorker.start(deps, { workerBin, addresses, hasUdp, port, tcpPort }));
      }
    } catch (fault) {
      for (const worker of workers) await worker.close();
      throw fault;
    }
    return new MediasoupPlane(workers, addresses, config);
  }

  private constructor(workers: readonly MediaWorker[], addresses: readonly ListenAddress[], config: PlaneConfig) {
    this.#workers = workers;
    this.#addresses = addresses;
    this.#streamsPerWorker = config.streamsPerWorker ?? MAX_STREAMS_PER_WORKER;
    this.mediaPort = workers[0]?.port ?? config.mediaPort;
  }

  async createRoom(): Promise<MediaRoom> {
    const home = this.#pickWorker();
    try {
      return await MediasoupRoom.create(home, {
        workers: this.#workers,
        streamsPerWorker: this.#streamsPerWorker,
        addresses: this.#addresses,
      });
    } catch (cause) {
      throw new SfuError("media_unavailable", "The media worker made no room", { cause, retryable: true });
    }
  }

  /** Process id of a worker, for operators and for tests that kill it. */
  async workerPid(index = 0): Promise<number> {
    const worker = this.#workers[index];
    if (!worker) throw new SfuError("media_unavailable", "There is no such worker");
    return (await worker.engine).worker.pid;
  }

  /** Streams that each worker sends now. */
  get loads(): readonly number[] {
    return this.#workers.map(({ load }) => load);
  }

  /** What all workers together have used. */
  async usage(): Promise<WorkerUsage> {
    const all = await Promise.all(this.#workers.map((worker) => worker.usage()));
    const sum = (of: (usage: WorkerUsage) => number): number => all.reduce((total, usage) => total + of(usage), 0);
    return {
      userMs: sum(({ userMs }) => userMs),
      systemMs: sum(({ systemMs }) => systemMs),
      maxResidentBytes: sum(({ maxResidentBytes }) => maxResidentBytes),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  /** Of those that are up the one that sends least; among equals they take turns. */
  #pickWorker(): MediaWorker {
    const start = this.#roomsMade % this.#workers.length;
    this.#roomsMade += 1;
    const inTurn = [...this.#workers.slice(start), ...this.#workers.slice(0, start)];
    const [least] = inTurn.toSorted((a, b) => Number(b.isUp) - Number(a.isUp) || a.load - b.load);
    if (!least) throw new SfuError("media_unavailable", "There is no worker");
    return least;
  }
}

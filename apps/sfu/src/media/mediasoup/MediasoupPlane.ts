import { type Clock, Emitter, type Logger, sleep } from "@conclave/kit";
import { createWorker, type types } from "mediasoup";

import { SfuError } from "../../errors.ts";
import type { WorkerUsage } from "../../ports.ts";
import type { MediaPlane, MediaRoom } from "../MediaPlane.ts";
import { findFreePort, type MediaAddresses, mediaAddresses } from "./addresses.ts";
import { MediasoupRoom } from "./MediasoupRoom.ts";

export interface PlaneDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface PlaneConfig {
  readonly workerBin: string;
  readonly mediaHost: string;
  readonly mediaPort: number;
  readonly announce: readonly string[];
}

interface Engine {
  readonly worker: types.Worker;
  readonly webRtcServer: types.WebRtcServer;
}

const RESTART_ATTEMPTS = 10;
const RESTART_DELAY_MS = 500;
const BYTES_PER_KIB = 1024;
/**
 * All rooms share one socket: the reports of a few hundred clients at once fill the 208 KiB that Linux gives it, and who is
 * heard least loses sound. The kernel gives no more than `net.core.rmem_max` and `wmem_max`.
 */
const SOCKET_BUFFER_BYTES = 4 * 2 ** 20;

/**
 * The media plane on one mediasoup worker, with one UDP and TCP port. When the worker dies, everything in it is
 * gone; `died` tells, and a new worker is started on the same port.
 */
export class MediasoupPlane implements MediaPlane {
  readonly mediaPort: number;
  readonly died: Emitter<void> = new Emitter<void>();
  readonly #deps: PlaneDeps;
  readonly #config: PlaneConfig;
  readonly #addresses: MediaAddresses;
  readonly #closing = new AbortController();
  #engine: Promise<Engine>;

  /** @throws {SfuError} `media_unavailable` when the worker does not start or the port is taken */
  static async start(deps: PlaneDeps, config: PlaneConfig): Promise<MediasoupPlane> {
    const port = config.mediaPort === 0 ? await findFreePort(config.mediaHost) : config.mediaPort;
    const plane = new MediasoupPlane(deps, { ...config, mediaPort: port });
    await plane.#engine;
    return plane;
  }

  private constructor(deps: PlaneDeps, config: PlaneConfig) {
    this.#deps = deps;
    this.#config = config;
    this.mediaPort = config.mediaPort;
    this.#addresses = mediaAddresses(config.mediaHost, config.announce);
    this.#engine = this.#startEngine();
  }

  async createRoom(): Promise<MediaRoom> {
    const { worker, webRtcServer } = await this.#engine;
    try {
      return await MediasoupRoom.create(worker, { webRtcServer, extraAddresses: this.#addresses.announced.slice(1) });
    } catch (cause) {
      throw new SfuError("media_unavailable", "The media worker made no room", { cause, retryable: true });
    }
  }

  /** Process id of the worker, for operators and for tests that kill it. */
  async workerPid(): Promise<number> {
    return (await this.#engine).worker.pid;
  }

  async usage(): Promise<WorkerUsage> {
    const { worker } = await this.#engine;
    const usage = await worker.getResourceUsage();
    return {
      userMs: usage.ru_utime,
      systemMs: usage.ru_stime,
      maxResidentBytes: usage.ru_maxrss * BYTES_PER_KIB,
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const engine = await this.#engine.catch(() => undefined);
    if (!engine || engine.worker.subprocessClosed) return;
    const closed = new Promise<void>((resolve) => engine.worker.once("subprocessclose", () => resolve()));
    engine.worker.close();
    await closed;
  }

  async #startEngine(): Promise<Engine> {
    const { host, announced } = this.#addresses;
    const [announcedAddress] = announced;
    const listen = { ip: host, port: this.mediaPort, ...(announcedAddress ? { announcedAddress } : {}) };
    let worker: types.Worker | undefined;
    try {
      worker = await createWorker({ workerBin: this.#config.workerBin, logLevel: "warn" });
      const webRtcServer = await worker.createWebRtcServer({
        listenInfos: [
          { protocol: "udp", ...listen, recvBufferSize: SOCKET_BUFFER_BYTES, sendBufferSize: SOCKET_BUFFER_BYTES },
          { protocol: "tcp", ...listen },
        ],
      });
      worker.on("died", () => this.#onDied());
      return { worker, webRtcServer };
    } catch (cause) {
      worker?.close();
      throw new SfuError("media_unavailable", "The media worker does not start", { cause });
    }
  }

  #onDied(): void {
    if (this.#closing.signal.aborted) return;
    this.#deps.logger.error("media worker died");
    this.#engine = this.#restartEngine();
    // Reported to whoever asks for a room next; without a handler it would end the process.
    this.#engine.catch(() => undefined);
    this.died.emit();
  }

  async #restartEngine(): Promise<Engine> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const engine = await this.#startEngine();
        this.#deps.logger.info("media worker restarted", { attempt });
        return engine;
      } catch (fault) {
        if (attempt === RESTART_ATTEMPTS) throw fault;
        await sleep(this.#deps.clock, RESTART_DELAY_MS * attempt, this.#closing.signal);
      }
    }
  }
}

import { type Clock, Emitter, type Logger, sleep } from "@conclave/kit";
import { createWorker, type types } from "mediasoup";

import { SfuError } from "../../errors.ts";
import type { WorkerUsage } from "../../ports.ts";
import type { ListenAddress } from "./addresses.ts";

export interface WorkerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WorkerConfig {
  readonly workerBin: string;
  /** Of UDP. */
  readonly port: number;
  /** Mostly the same; 0: none. */
  readonly tcpPort: number;
  readonly addresses: readonly ListenAddress[];
  /** Without UDP clients come over TCP only. */
  readonly hasUdp: boolean;
}

/** A running worker and its sockets. */
export interface Engine {
  readonly worker: types.Worker;
  readonly webRtcServer: types.WebRtcServer;
}

const RESTART_ATTEMPTS = 20;
const RESTART_DELAY_MS = 100;
const BYTES_PER_KIB = 1024;
/**
 * All rooms share one socket: the reports of a few hundred clients at once fill the 208 KiB that Linux gives it, and who is
 * heard least loses sound. The kernel gives no more than `net.core.rmem_max` and `wmem_max`.
 */
const SOCKET_BUFFER_BYTES = 4 * 2 ** 20;

/**
 * One mediasoup worker, which is one core, with one UDP and TCP port. When the process dies, everything in it is gone;
 * `died` tells, and a new one is started on the same port.
 */
export class MediaWorker {
  readonly port: number;
  readonly died: Emitter<void> = new Emitter<void>();
  /** Streams that it sends now, of all rooms. */
  load = 0;
  /** False while a process that has died is being replaced. */
  isUp = false;
  readonly #deps: WorkerDeps;
  readonly #config: WorkerConfig;
  readonly #closing = new AbortController();
  #engine: Promise<Engine>;

  /** @throws {SfuError} `media_unavailable` when the worker does not start or the port is taken */
  static async start(deps: WorkerDeps, config: WorkerConfig): Promise<MediaWorker> {
    const worker = new MediaWorker(deps, config);
    await worker.#engine;
    return worker;
  }

  private constructor(deps: WorkerDeps, config: WorkerConfig) {
    this.#deps = deps;
    this.#config = config;
    this.port = config.port;
    this.#engine = this.#startEngine();
  }

  /** The process that runs now, or the one that is on its way. */
  get engine(): Promise<Engine> {
    return this.#engine;
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
    let worker: types.Worker | undefined;
    try {
      worker = await createWorker({ workerBin: this.#config.workerBin, logLevel: "warn" });
      const webRtcServer = await worker.createWebRtcServer({ listenInfos: listenInfos(this.#config) });
      worker.on("died", () => this.#onDied());
      this.isUp = true;
      return { worker, webRtcServer };
    } catch (cause) {
      worker?.close();
      throw new SfuError("media_unavailable", "The media worker does not start", { cause });
    }
  }

  #onDied(): void {
    if (this.#closing.signal.aborted) return;
    this.#deps.logger.error("media worker died", { port: this.port });
    this.isUp = false;
    this.#engine = this.#restartEngine();
    // Reported to whoever asks for a room next; without a handler it would end the process.
    this.#engine.catch(() => undefined);
    this.died.emit();
  }

  async #restartEngine(): Promise<Engine> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const engine = await this.#startEngine();
        this.#deps.logger.info("media worker restarted", { attempt, port: this.port });
        return engine;
      } catch (fault) {
        if (attempt === RESTART_ATTEMPTS) throw fault;
        await sleep(this.#deps.clock, RESTART_DELAY_MS * attempt, this.#closing.signal);
      }
    }
  }
}

function listenInfos({ addresses, port, tcpPort, hasUdp }: WorkerConfig): types.TransportListenInfo[] {
  return addresses.flatMap(({ ip, announced: [announcedAddress] }) => {
    const told = announcedAddress === undefined || announcedAddress === ip ? {} : { announcedAddress };
    // Both families on one port: the one of IPv6 must not take IPv4 as well.
    const flags = ip.includes(":") ? { flags: { ipv6Only: true } } : {};
    const listen = { ip, port, ...told, ...flags };
    const udp: types.TransportListenInfo = {
      protocol: "udp",
      ...listen,
      recvBufferSize: SOCKET_BUFFER_BYTES,
      sendBufferSize: SOCKET_BUFFER_BYTES,
    };
    const tcp: types.TransportListenInfo = { protocol: "tcp", ...listen, port: tcpPort };
    return [...(hasUdp ? [udp] : []), ...(tcpPort === 0 ? [] : [tcp])];
  });
}

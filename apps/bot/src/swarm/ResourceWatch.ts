import type { Clock, Scope } from "@conclave/kit";

import type { ResourceSample } from "../report/index.ts";

/** Processor time and memory since a process began. */
export interface ResourceUse {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** How the watch looks at the machine. */
export interface ResourceEyes {
  /** One look at all processes of the machine; the answer tells what some of them and their descendants used. */
  look(): Promise<(processes: readonly number[]) => ResourceUse>;
  /** Packets thrown away per socket of the processes. */
  drops(processes: readonly number[]): Promise<ReadonlyMap<string, number>>;
}

export interface WatchedPart {
  readonly part: string;
  readonly processes: readonly number[];
  /** Its sockets are the swarm's own: what they lose, the swarm lost. */
  readonly isSink: boolean;
}

interface ResourceWatchDeps {
  readonly clock: Clock;
  readonly eyes: ResourceEyes;
  readonly parts: () => readonly WatchedPart[];
}

const INTERVAL_MS = 1_000;
/** A day. */
const MAX_SAMPLES = 600_000;

/** Samples processor, memory and lost packets of all parts once a second until the scope ends. */
export class ResourceWatch {
  readonly samples: ResourceSample[] = [];
  readonly #deps: ResourceWatchDeps;
  readonly #scope: Scope;
  readonly #drops = new Map<string, number>();

  constructor(deps: ResourceWatchDeps, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    void this.#keepSampling();
  }

  /** Packets that reached this machine's sockets and were not fetched in time by the swarm. */
  get sinkLosses(): number {
    return [...this.#drops.values()].reduce((sum, drops) => sum + drops, 0);
  }

  async sample(): Promise<void> {
    const { clock, eyes, parts } = this.#deps;
    const useOf = await eyes.look();
    for (const { part, processes, isSink } of parts()) {
      if (this.samples.length < MAX_SAMPLES) this.samples.push({ atMs: clock.nowMs(), part, ...useOf(processes) });
      if (isSink) for (const [socket, drops] of await eyes.drops(processes)) this.#drops.set(socket, drops);
    }
  }

  async #keepSampling(): Promise<void> {
    await this.sample();
    if (this.#scope.isEnded) return;
    const cancel = this.#deps.clock.after(INTERVAL_MS, () => {
      forget();
      void this.#keepSampling();
    });
    const forget = this.#scope.onEnd(cancel);
  }
}

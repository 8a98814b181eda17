import type { Clock } from "@conclave/kit";

import type { BotReport } from "../model.ts";
import type { HostLink } from "./ports.ts";

interface Request {
  readonly host: HostLink;
  readonly settle: () => void;
}

/** A host that is busier than this answers with what it said last. */
const ANSWER_LIMIT_MS = 20_000;

/** Asks hosts for what their bots saw, and keeps the newest answer of each bot, so that a crash loses nothing. */
export class ReportRequests {
  readonly #clock: Clock;
  readonly #newest = new Map<number, BotReport>();
  readonly #open = new Map<number, Request>();
  readonly #gone = new Set<HostLink>();
  #serial = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async ask(hosts: readonly HostLink[]): Promise<readonly BotReport[]> {
    await Promise.all(hosts.filter((host) => !this.#gone.has(host)).map((host) => this.#askOne(host)));
    return [...this.#newest.values()].toSorted((a, b) => a.number - b.number);
  }

  answer(request: number, bots: readonly BotReport[]): void {
    for (const bot of bots) this.#newest.set(bot.number, bot);
    this.#open.get(request)?.settle();
  }

  giveUp(host: HostLink): void {
    this.#gone.add(host);
    for (const request of this.#open.values()) if (request.host === host) request.settle();
  }

  #askOne(host: HostLink): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const request = (this.#serial += 1);
    const cancel = this.#clock.after(ANSWER_LIMIT_MS, () => this.#open.get(request)?.settle());
    const settle = (): void => {
      cancel();
      this.#open.delete(request);
      resolve();
    };
    this.#open.set(request, { host, settle });
    host.send({ type: "report", request });
    return promise;
  }
}

import { type Clock, type Logger, sleep } from "@conclave/kit";
import { signWebhook } from "@conclave/livekit-wire/webhook";
import type { WebhookEvent } from "@livekit/protocol";

/** Events that wait for delivery at once, over all rooms and URLs; what comes then is dropped and counted. */
export const MAX_WAITING_EVENTS = 1000;
const ATTEMPTS = 5;
const FIRST_RETRY_MS = 500;
/** How long a receiver may take to answer. */
const ANSWER_LIMIT_MS = 5000;
/** How long the last events may take when the SFU ends. */
const FLUSH_LIMIT_MS = 1000;

export interface WebhookConfig {
  /** Which of the API keys signs. */
  readonly apiKey: string;
  readonly urls: readonly string[];
}

export interface WebhookDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends one; `fetch` outside of tests and of programs that hold receiver and SFU together. */
  readonly send: (request: Request) => Promise<Response>;
  /** Of the key that signs. */
  readonly secret: string;
}

/** How an event ended, for whoever counts them. */
export type WebhookOutcome = "delivered" | "refused" | "dropped";

interface Lane {
  readonly url: string;
  readonly waiting: WebhookEvent[];
}

/**
 * Tells other programs what happens in rooms, as LiveKit's server does: signed, one after the other for each room and
 * receiver, again when that may help. A receiver that does not answer costs its own rooms' order nothing and others
 * nothing at all.
 */
export class WebhookSender {
  readonly #deps: WebhookDeps;
  readonly #config: WebhookConfig;
  readonly #ended: (outcome: WebhookOutcome) => void;
  /** By room and URL; a lane goes when it is empty. */
  readonly #lanes = new Map<string, Lane>();
  readonly #closing = new AbortController();
  #idle = (): void => {};
  #waiting = 0;
  #dropped = 0;

  constructor(deps: WebhookDeps, config: WebhookConfig, ended: (outcome: WebhookOutcome) => void = () => {}) {
    this.#deps = deps;
    this.#config = config;
    this.#ended = ended;
  }

  /** Takes an event to all receivers, after those of the same room. */
  queue(event: WebhookEvent): void {
    for (const url of this.#config.urls) this.#queueFor(url, event);
  }

  /** Lets what waits go out for a moment, then gives up. */
  async close(): Promise<void> {
    if (this.#waiting > 0) {
      const idle = new Promise<void>((resolve) => (this.#idle = resolve));
      await Promise.race([idle, sleep(this.#deps.clock, FLUSH_LIMIT_MS, this.#closing.signal).catch(() => {})]);
    }
    this.#closing.abort();
  }

  #queueFor(url: string, event: WebhookEvent): void {
    if (this.#waiting >= MAX_WAITING_EVENTS) {
      this.#dropped += 1;
      return this.#ended("dropped");
    }
    const copy = event.clone();
    copy.numDropped = this.#dropped;
    this.#dropped = 0;
    this.#waiting += 1;
    const name = `${event.room?.sid ?? ""} ${url}`;
    const lane = this.#lanes.get(name);
    if (lane) return void lane.waiting.push(copy);
    const opened: Lane = { url, waiting: [copy] };
    this.#lanes.set(name, opened);
    void this.#run(name, opened);
  }

  async #run(name: string, { url, waiting }: Lane): Promise<void> {
    for (let event = waiting[0]; event; event = waiting[0]) {
      this.#ended((await this.#deliver(url, event)) ? "delivered" : "refused");
      // Only now: the lane must not look empty while its event is on the way.
      waiting.shift();
      this.#waiting -= 1;
    }
    this.#lanes.delete(name);
    if (this.#waiting === 0) this.#idle();
  }

  async #deliver(url: string, event: WebhookEvent): Promise<boolean> {
    const { clock, logger } = this.#deps;
    const body = event.toJsonString();
    for (let attempt = 1; attempt <= ATTEMPTS && !this.#closing.signal.aborted; attempt += 1) {
      const status = await this.#post(url, body);
      if (status >= 200 && status < 300) return true;
      const mayHelp = status === 0 || status === 429 || status >= 500;
      logger.debug("webhook not delivered", { event: event.event, attempt, status });
      if (!mayHelp) break;
      if (attempt < ATTEMPTS) {
        await sleep(clock, FIRST_RETRY_MS * 2 ** (attempt - 1), this.#closing.signal).catch(() => {});
      }
    }
    logger.warn("webhook given up", { event: event.event, id: event.id });
    return false;
  }

  /** @returns the HTTP status, 0 if there was none */
  async #post(url: string, body: string): Promise<number> {
    const { clock, secret, send } = this.#deps;
    const limit = new AbortController();
    const cancel = clock.after(ANSWER_LIMIT_MS, () => limit.abort());
    try {
      const authorization = await signWebhook(body, { key: this.#config.apiKey, secret, nowMs: clock.nowMs() });
      const headers = { "content-type": "application/webhook+json", authorization };
      const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
      const response = await send(new Request(url, { method: "POST", headers, body, redirect: "manual", signal }));
      await response.body?.cancel();
      return response.status;
    } catch {
      return 0;
    } finally {
      cancel();
    }
  }
}

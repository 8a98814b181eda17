import { judgeWebhooks, selfCheck } from "./check/selfCheck.ts";
import { JwtServiceError } from "./errors.ts";
import { GrantLedger } from "./grant/GrantLedger.ts";
import { GrantRoutes, type Granted } from "./grant/GrantRoutes.ts";
import { MembershipWatch } from "./grant/MembershipWatch.ts";
import { emptyAnswer, errorAnswer, jsonAnswer, textAnswer } from "./http/answers.ts";
import { askedBy, toResponse, type Answered, type Asked } from "./http/exchange.ts";
import { LeaveJobs, type JobSignal } from "./leave/LeaveJobs.ts";
import { memoryJobStore } from "./leave/memoryJobStore.ts";
import { GrantGate } from "./limits/GrantGate.ts";
import { Metrics } from "./metrics/Metrics.ts";
import type { Finding, JwtService, JwtServiceConfig, JwtServiceDeps } from "./ports.ts";
import type { ParticipantEvent } from "./webhook/webhookEvent.ts";
import { receiveWebhook } from "./webhook/WebhookRoute.ts";
import { WebhookVerifier } from "./webhook/WebhookVerifier.ts";

/** How often the SFU is asked about participants while it tells us nothing, and once it does. */
const UNTOLD_SANITY_MS = 1500;
const TOLD_SANITY_MS = 30_000;
/** When to see whether a webhook came, after the SFU first had something to tell. */
const WEBHOOK_DEADLINE_MS = 16_000;

type Handler = (asked: Asked) => Promise<Granted>;

/**
 * Makes the service that turns an OpenID token into an SFU token and keeps delayed leaves alive.
 *
 * @see MSC4195; the contract of lk-jwt-service 0.5, whose clients and routes it serves; docs/token-service.md
 */
export function createJwtService(deps: JwtServiceDeps, config: JwtServiceConfig): JwtService {
  return new Service(deps, config);
}

class Service implements JwtService {
  readonly #deps: JwtServiceDeps;
  readonly #config: JwtServiceConfig;
  readonly #metrics = new Metrics();
  readonly #jobs: LeaveJobs;
  readonly #ledger: GrantLedger;
  readonly #watch: MembershipWatch | undefined;
  readonly #verifier: WebhookVerifier;
  readonly #handlers: ReadonlyMap<string, Handler>;
  #webhooks = { good: 0, forged: 0, expectedSinceMs: undefined as number | undefined };
  #cancelWebhookDeadline: (() => void) | undefined;
  #isClosed = false;

  constructor(deps: JwtServiceDeps, config: JwtServiceConfig) {
    this.#deps = deps;
    this.#config = config;
    this.#verifier = new WebhookVerifier(deps.clock, config);
    this.#ledger = new GrantLedger(deps.clock, () => this.#metrics.count("conclave_jwt_never_joined_total"));
    this.#jobs = new LeaveJobs({
      ...deps,
      participants: deps.sfu,
      store: deps.jobStore ?? memoryJobStore(),
      sanityIntervalMs: () => this.#sanityIntervalMs(),
      onSignal: (signal) => this.#noteJob(signal),
    });
    this.#watch = this.#watchMembership();
    const routes = this.#grantRoutes();
    this.#handlers = new Map<string, Handler>([
      ["/get_token", (asked) => routes.getToken(asked)],
      ["/sfu/get", (asked) => routes.sfuGet(asked)],
      ["/delegate_delayed_leave", (asked) => routes.delegate(asked)],
    ]);
  }

  async fetch(request: Request, remoteAddress: string): Promise<Response> {
    return toResponse(await this.answer(askedBy(request, remoteAddress)));
  }

  async answer(asked: Asked): Promise<Answered> {
    const handler = this.#handlers.get(asked.path);
    if (handler) return this.#hand(handler, asked);
    if (asked.path === "/healthz") return textAnswer(asked.method === "GET" || asked.method === "HEAD" ? 200 : 405);
    if (asked.path === "/sfu_webhook") return this.#receiveWebhook(asked);
    return textAnswer(404, "404 page not found\n");
  }

  restore(): Promise<void> {
    return this.#jobs.restore();
  }

  async storeAgain(): Promise<void> {
    const { logger, jobStore } = this.#deps;
    try {
      for (const job of this.#jobs.stored) await jobStore?.save(job);
    } catch (fault) {
      logger.error("delegated leaves could not be stored again", { cause: nameOf(fault) });
    }
  }

  async selfCheck(): Promise<readonly Finding[]> {
    const findings = await selfCheck(this.#deps, this.#config, this.#webhooks);
    for (const check of [
      "sfu_unreachable",
      "secret_refused",
      "clock_off",
      "auto_create_on",
      "homeserver_unreachable",
    ]) {
      this.#metrics.set(
        "conclave_jwt_self_check",
        { check },
        findings.some((finding) => finding.check === check) ? 0 : 1,
      );
    }
    for (const finding of findings) this.#say(finding);
    return findings;
  }

  metrics(): string {
    this.#ledger.settle();
    for (const [state, jobs] of Object.entries(this.#jobs.counts)) {
      this.#metrics.set("conclave_jwt_leave_jobs", { state }, jobs);
    }
    return this.#metrics.toString();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelWebhookDeadline?.();
    this.#watch?.close();
    this.#jobs.close();
    await this.#deps.jobStore?.close();
  }

  #grantRoutes(): GrantRoutes {
    const { fullAccessHomeservers, limits } = this.#config;
    return new GrantRoutes(
      {
        ...this.#deps,
        gate: new GrantGate(this.#deps.clock, limits),
        ledger: this.#ledger,
        jobs: this.#jobs,
        isOwn: (serverName) => fullAccessHomeservers.includes(serverName),
        onLookUp: (outcome, tookMs) =>
          this.#metrics.observe("conclave_jwt_look_up_seconds", { outcome }, tookMs / 1000),
        onRoomCreated: () => this.#expectWebhooks(),
      },
      this.#config,
    );
  }

  #watchMembership(): MembershipWatch | undefined {
    const { homeservers } = this.#deps;
    if (!homeservers.membership) return undefined;
    return new MembershipWatch({
      ...this.#deps,
      membership: (member) => homeservers.membership?.(member) ?? Promise.resolve("unknown"),
      ledger: this.#ledger,
      onRemoved: () => this.#metrics.count("conclave_jwt_removed_total"),
    });
  }

  async #hand(handler: Handler, asked: Asked): Promise<Answered> {
    const { path, method } = asked;
    if (method === "OPTIONS") return emptyAnswer(200);
    if (method !== "POST") return emptyAnswer(405);
    const startMs = this.#deps.clock.monotonicMs();
    try {
      if (this.#isClosed) throw new JwtServiceError("closing", "The service is shutting down");
      const { body, ...line } = await handler(asked);
      this.#metrics.count("conclave_jwt_tokens_total", { route: path, access: line.access });
      this.#deps.logger.info("granted", { route: path, ...line, tookMs: this.#since(startMs) });
      return jsonAnswer(200, body);
    } catch (fault) {
      return this.#refuse(path, startMs, fault);
    }
  }

  #refuse(path: string, startMs: number, fault: unknown): Answered {
    const error =
      fault instanceof JwtServiceError
        ? fault
        : new JwtServiceError("internal", "Internal error", { cause: fault, detail: nameOf(fault) });
    this.#metrics.count("conclave_jwt_refusals_total", { route: path, cause: error.code });
    const line = { route: path, cause: error.code, detail: error.detail, tookMs: this.#since(startMs) };
    if (error.status >= 500) this.#deps.logger.error("refused", line);
    else this.#deps.logger.info("refused", line);
    return errorAnswer(error);
  }

  #receiveWebhook(asked: Asked): Promise<Answered> {
    return receiveWebhook(
      {
        logger: this.#deps.logger,
        verifier: this.#verifier,
        onOutcome: (outcome) => {
          this.#metrics.count("conclave_jwt_webhooks_total", { outcome });
          if (outcome === "good") this.#webhooks.good += 1;
          if (outcome === "forged") this.#webhooks.forged += 1;
        },
        onParticipant: (event) => this.#told(event),
      },
      asked,
    );
  }

  #told({ type, room, identity, sid, cause }: ParticipantEvent): void {
    const place = { room, identity };
    const at = sid === undefined ? {} : { sid };
    if (type === "left") {
      this.#jobs.tell(place, { type: "participantLeft", cause, ...at });
      if (cause !== "duplicate") this.#ledger.left(place);
      return;
    }
    this.#jobs.tell(place, { type: "participantJoined", ...at });
    const member = this.#ledger.joined(place);
    if (member) this.#watch?.joined({ place, member });
  }

  #sanityIntervalMs(): number {
    const { sanityIntervalMs = "auto" } = this.#config;
    if (sanityIntervalMs !== "auto") return sanityIntervalMs;
    return this.#webhooks.good > 0 ? TOLD_SANITY_MS : UNTOLD_SANITY_MS;
  }

  #noteJob(signal: JobSignal): void {
    switch (signal.is) {
      case "ended":
        return this.#metrics.count("conclave_jwt_leave_jobs_ended_total", { how: signal.how });
      case "callFailed":
        return this.#metrics.count("conclave_jwt_delayed_event_failures_total", { action: signal.action });
      case "foundWithoutWebhook":
        return this.#expectWebhooks();
    }
  }

  /** The SFU has something to tell from now on: if it does not, the operator hears of it. */
  #expectWebhooks(): void {
    if (this.#webhooks.expectedSinceMs !== undefined) return;
    this.#webhooks.expectedSinceMs = this.#deps.clock.monotonicMs();
    this.#cancelWebhookDeadline = this.#deps.clock.after(WEBHOOK_DEADLINE_MS, () => {
      const findings = judgeWebhooks(this.#webhooks, this.#config, this.#deps.clock.monotonicMs());
      this.#metrics.set("conclave_jwt_self_check", { check: "webhooks" }, findings.length > 0 ? 0 : 1);
      for (const finding of findings) this.#say(finding);
    });
  }

  #say({ check, sentence }: Finding): void {
    this.#deps.logger.error("self-check", { check, sentence });
  }

  #since(startMs: number): number {
    return Math.round(this.#deps.clock.monotonicMs() - startMs);
  }
}

function nameOf(fault: unknown): string {
  return fault instanceof Error ? fault.name : typeof fault;
}

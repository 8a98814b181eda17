import { type Clock, Scope, sleep } from "@conclave/kit";

import type { BotOrder } from "../host/messages.ts";
import type { BotPlace, BotReport, BotSample, BotSpec } from "../model.ts";
import { completeReport, type ShardFacts, type SwarmRun } from "../report/index.ts";
import { showValue } from "../scenario/expectations.ts";
import type { PlannedAct, Scenario, SwarmPlan } from "../scenario/index.ts";
import type { Target } from "../target/index.ts";
import { Crew } from "./Crew.ts";
import { endReports } from "./endReports.ts";
import { KeyMessageLog } from "./KeyMessageLog.ts";
import type { StartHost } from "./ports.ts";
import type { ProgressStage, ProgressView } from "./progress.ts";
import { type ResourceEyes, ResourceWatch } from "./ResourceWatch.ts";
import { runTimeline } from "./runTimeline.ts";
import { syncIntervalMs } from "./syncIntervalMs.ts";
import { watchedParts } from "./watchedParts.ts";

export interface SwarmDeps {
  readonly clock: Clock;
  readonly startHost: StartHost;
  readonly eyes: ResourceEyes;
  readonly machine: ShardFacts["machine"];
  readonly show: (view: ProgressView) => void;
}

export interface SwarmOrder {
  readonly scenario: Scenario;
  /** This machine's share of it. */
  readonly plan: SwarmPlan;
  /** Bots of the whole run with an encoder of their own. */
  readonly encoders: readonly number[];
  /** `index` from 1. */
  readonly shard: { readonly index: number; readonly count: number };
  /** By the homeserver's clock; at once if absent. */
  readonly startAtMs?: number;
}

/** Reading all bots costs processor time of its own: the more they are, the more seldom. */
const LOOK_INTERVAL_MS = 5_000;
const LOOK_INTERVAL_PER_BOT_MS = 50;
/** A person who is kicked closes the app after a moment. */
const AFTER_KICK_MS = 3_000;
/** Bots that do not leave in this time are ended with their process. */
const LEAVE_LIMIT_MS = 20_000;

/** One run of a plan against a target. What bots and servers do wrong is in what it returns, never thrown. */
export class SwarmRunner {
  readonly #deps: SwarmDeps;
  readonly #order: SwarmOrder;
  readonly #target: Target;
  readonly #scope: Scope;
  readonly #crew: Crew;
  readonly #resources: ResourceWatch;
  readonly #keyMessages = new KeyMessageLog();
  readonly #present = new Set<number>();
  /** Ends the run before its time. */
  #stopped = new Scope();
  #stage: ProgressStage = "preparing";
  #prepared = 0;
  #startedAtMs: number;
  #endedAtMs: number | undefined;
  #clockOffsetMs = 0;
  #longestLagMs = 0;
  #roomId = "";
  #bots: readonly BotReport[] = [];
  #samples: readonly BotSample[] = [];
  #metrics: ProgressView["metrics"];

  constructor(deps: SwarmDeps, order: SwarmOrder, target: Target, scope: Scope) {
    const { clock, eyes, startHost } = deps;
    this.#deps = deps;
    this.#order = order;
    this.#target = target;
    this.#scope = scope;
    this.#startedAtMs = clock.nowMs();
    const mediaCarried = (bytes: number): void => this.#noteCarried(bytes);
    this.#crew = new Crew({ clock, startHost, accountKnown: target.noteAccount.bind(target), mediaCarried }, scope);
    const parts = (): ReturnType<typeof watchedParts> => watchedParts(target.processes(), this.#crew);
    this.#resources = new ResourceWatch({ clock, eyes, parts }, scope);
  }

  /**
   * Runs it to its end, or until `interrupted` ends or the bound on media is passed: then everybody leaves, and what was
   * seen so far is returned.
   *
   * @throws {SwarmError} `host_failed`; {TargetError} before there are bots
   */
  async run(interrupted: Scope): Promise<SwarmRun> {
    await this.#board();
    const stopped = (this.#stopped = interrupted.child());
    try {
      await this.#crew.prepare(this.#order.plan.bots, (ready) => this.#noteProgress(ready));
      if (!stopped.isEnded) await this.#waitForStart(stopped);
      if (!stopped.isEnded) await this.#perform(stopped);
      if (interrupted.isEnded) this.#find("interrupted", "The run was ended before its time.");
      await this.#leave();
    } finally {
      await stopped.end();
      await this.#crew.close();
    }
    return this.#seen();
  }

  /** What the browsers saw shortly before they left; empty before `run` has resolved. */
  get samples(): readonly BotSample[] {
    return this.#samples;
  }

  async #board(): Promise<void> {
    const { encoders, plan, scenario } = this.#order;
    const { homeserverUrl, fallbackServiceUrl, kind, webAppUrl } = this.#target;
    this.#clockOffsetMs = await this.#target.serverTimeOffsetMs();
    const room = await this.#target.createRoom({ isEncrypted: true });
    this.#roomId = room.roomId;
    const place: BotPlace = {
      homeserverUrl,
      ...room,
      syncIntervalMs: syncIntervalMs(plan.bots.length),
      ...(webAppUrl === undefined ? {} : { webAppUrl }),
      ...(fallbackServiceUrl === undefined ? {} : { fallbackServiceUrl }),
      ...(kind === "embedded" ? { believesAddresses: true } : {}),
    };
    const bots = await Promise.all(plan.bots.map((spec) => this.#orderFor(spec)));
    await this.#crew.board({ bots, people: plan.people, place, profile: scenario.media, encoders });
  }

  async #orderFor(spec: BotSpec): Promise<BotOrder> {
    const account = await (await this.#target.accountFor(spec.number)).load();
    return { spec, ...(account ? { account } : {}) };
  }

  #noteProgress(prepared: number): void {
    this.#prepared = prepared;
    this.#show();
  }

  async #waitForStart(stopped: Scope): Promise<void> {
    const { startAtMs } = this.#order;
    if (startAtMs === undefined) return;
    this.#enter("waiting");
    const { clock } = this.#deps;
    const waitMs = startAtMs - this.#clockOffsetMs - clock.nowMs();
    if (waitMs < 0) this.#find("late_start", `This machine was ready ${Math.round(-waitMs)} ms after the time given.`);
    await sleep(clock, Math.max(0, waitMs), stopped.signal).catch(() => {});
  }

  async #perform(stopped: Scope): Promise<void> {
    const { clock } = this.#deps;
    const { timeline: acts, endsAtMs } = this.#order.plan;
    this.#startedAtMs = clock.nowMs();
    this.#crew.takeLongestLag();
    this.#enter("running");
    const looking = stopped.child();
    const looked = this.#keepLooking(looking);
    await runTimeline({ clock, perform: (act) => this.#do(act) }, { acts, endsAtMs }, stopped);
    this.#endedAtMs = clock.nowMs();
    this.#longestLagMs = this.#crew.takeLongestLag();
    await looking.end();
    await looked;
  }

  /** Reads all bots from time to time: for the terminal, and so that a crash loses little. */
  async #keepLooking(scope: Scope): Promise<void> {
    const { clock } = this.#deps;
    const intervalMs = LOOK_INTERVAL_MS + LOOK_INTERVAL_PER_BOT_MS * this.#order.plan.bots.length;
    while (!scope.isEnded) {
      await sleep(clock, intervalMs, scope.signal).catch(() => {});
      if (scope.isEnded) return;
      await this.#look();
      this.#metrics = completeReport(this.#seen()).metrics;
      this.#show();
    }
  }

  #noteCarried(bytes: number): void {
    const { maxBytes } = this.#order.scenario.bounds;
    if (this.#stage !== "running" || this.#stopped.isEnded || bytes <= maxBytes) return;
    const bound = showValue(maxBytes, "bytes");
    const sentence = `The bots carried more media than the bound of ${bound}, so the run was ended before its time.`;
    this.#find("byte_limit_reached", sentence);
    void this.#stopped.end();
  }

  #do(act: PlannedAct): void {
    switch (act.act) {
      case "restart":
        void this.#restart();
        break;
      case "network":
        this.#crew.setNetwork(act.bots, act.profile);
        break;
      case "kick":
        void this.#kick(act.bot);
        break;
      default:
        if (act.act === "join") this.#present.add(act.bot);
        if (act.act === "leave" || act.act === "vanish") this.#present.delete(act.bot);
        void this.#crew.act(act.bot, act.act);
    }
    this.#show();
  }

  async #kick(bot: number): Promise<void> {
    try {
      await this.#target.kick(bot, this.#roomId);
    } catch (fault) {
      this.#find("not_kicked", fault instanceof Error ? fault.message : "A bot could not be kicked.");
    }
    await sleep(this.#deps.clock, AFTER_KICK_MS, this.#scope.signal).catch(() => {});
    this.#present.delete(bot);
    await this.#crew.act(bot, "leave");
  }

  async #restart(): Promise<void> {
    try {
      await this.#target.restart?.();
    } catch {
      this.#find("not_restarted", "The servers were killed and did not start again.");
    }
  }

  async #leave(): Promise<void> {
    this.#enter("leaving");
    this.#endedAtMs ??= this.#deps.clock.nowMs();
    await this.#look();
    this.#samples = await this.#crew.takeSamples();
    const waiting = this.#scope.child();
    const cancel = this.#deps.clock.after(LEAVE_LIMIT_MS, () => void waiting.end());
    const tooLong = new Promise<void>((resolve) => void waiting.onEnd(resolve));
    const left = [...this.#present].map(async (bot) => {
      await this.#crew.act(bot, "leave");
      this.#present.delete(bot);
      this.#show();
    });
    await Promise.race([Promise.all(left), tooLong]);
    cancel();
    await waiting.end();
    this.#bots = endReports(this.#bots, await this.#crew.reports());
    this.#enter("judging");
  }

  async #look(): Promise<void> {
    this.#bots = await this.#crew.reports();
    this.#keyMessages.note(this.#deps.clock.nowMs(), this.#bots);
  }

  #seen(): SwarmRun {
    const { clock, machine } = this.#deps;
    const { plan, scenario, shard } = this.#order;
    const endedAtMs = this.#endedAtMs ?? clock.nowMs();
    const [startedAtMs, clockOffsetMs, longestLagMs] = [this.#startedAtMs, this.#clockOffsetMs, this.#longestLagMs];
    const { sinkLosses } = this.#resources;
    const facts = { machine, startedAtMs, endedAtMs, clockOffsetMs, sinkLosses, longestLagMs };
    return {
      scenario,
      seed: plan.seed,
      target: this.#target.kind,
      shards: [{ ...shard, ...facts }],
      clock: "machine",
      startedAtMs,
      endedAtMs,
      bots: this.#bots,
      // Logging in and closing say nothing of the call.
      resources: this.#resources.samples.filter(({ atMs }) => atMs >= startedAtMs && atMs <= endedAtMs),
      counters: {},
      keyMessages: this.#keyMessages.samples(),
      findings: this.#crew.findings,
    };
  }

  #enter(stage: ProgressStage): void {
    this.#stage = stage;
    this.#show();
  }

  #show(): void {
    this.#deps.show({
      stage: this.#stage,
      elapsedMs: this.#deps.clock.nowMs() - this.#startedAtMs,
      durationMs: this.#order.plan.endsAtMs,
      people: this.#order.plan.bots.length,
      prepared: this.#prepared,
      present: this.#present.size,
      findings: this.#crew.findings.length,
      metrics: this.#metrics,
      lagMs: this.#crew.lagMs(),
    });
  }

  #find(code: string, sentence: string): void {
    this.#crew.find({ atMs: this.#deps.clock.nowMs(), code, sentence });
  }
}

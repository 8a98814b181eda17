import type { StoredAccount } from "@conclave/call";
import type { Clock, Scope } from "@conclave/kit";

import { type BotAct, type BotOrder, type FromHost, LAG_REPORT_MS } from "../host/messages.ts";
import {
  type BotPlace,
  type BotReport,
  type BotSample,
  type BotSpec,
  type BotTier,
  type Finding,
  MAX_SAMPLE_BYTES,
  type MediaProfile,
  type NetworkProfile,
} from "../model.ts";
import { within } from "../within.ts";
import { ActsUnderWay } from "./ActsUnderWay.ts";
import type { HostLink, StartHost } from "./ports.ts";
import { ReportRequests } from "./ReportRequests.ts";

export interface CrewDeps {
  readonly clock: Clock;
  readonly startHost: StartHost;
  /** Tells of an account as soon as a bot has one, so that it can be removed. */
  readonly accountKnown: (bot: number, account: StoredAccount) => void;
  /** Tells every second how much media all bots have sent and received so far. */
  readonly mediaCarried: (bytes: number) => void;
}

export interface CrewOrder {
  readonly bots: readonly BotOrder[];
  /** Of the whole run, other machines' included. */
  readonly people: number;
  readonly place: BotPlace;
  readonly profile: MediaProfile;
  /** Bots of the whole run, other machines' included, with an encoder of their own. */
  readonly encoders: readonly number[];
}

/** Bots of one tier that share a process. Native bots take the process with them when their library crashes. */
const BOTS_PER_HOST: Readonly<Record<BotTier, number>> = { protocol: 1_000, native: 10, browser: 100 };
/** Bots that log in at the same time. */
const PREPARING_AT_ONCE = 8;
const MAX_FINDINGS = 1_000;
/** Everybody waits with leaving until they are taken. */
const SAMPLES_LIMIT_MS = 8_000;
const MAX_SAMPLES = 8;

/** All bots of a run, whatever process they live in. */
export class Crew {
  readonly findings: Finding[] = [];
  readonly #deps: CrewDeps;
  readonly #scope: Scope;
  readonly #hosts: HostLink[] = [];
  readonly #hostOf = new Map<number, HostLink>();
  readonly #underWay = new ActsUnderWay();
  readonly #requests: ReportRequests;
  readonly #numbers = new Map<string, number>();
  readonly #lags = new Map<HostLink, number>();
  readonly #samples = new Map<number, BotSample>();
  readonly #carried = new Map<HostLink, number>();
  readonly #toldAtMs = new Map<HostLink, number>();
  #longestLagMs = 0;

  constructor(deps: CrewDeps, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    this.#requests = new ReportRequests(deps.clock);
  }

  /** Starts the processes and makes the bots in them. @throws {SwarmError} `host_failed` */
  async board({ bots, ...order }: CrewOrder): Promise<void> {
    for (const [tier, share] of sharesOf(bots)) {
      const host = await this.#deps.startHost(tier);
      this.#hosts.push(host);
      host.received.on(this.#scope, (message) => this.#take(host, message));
      host.died.on(this.#scope, ({ how }) => this.#lose(host, how));
      for (const { spec } of share) this.#hostOf.set(spec.number, host);
      host.send({ type: "make", bots: share, ...order });
    }
  }

  /** Has everybody log in and enter the room, and tells each who the others are. Calls `progress` after each. */
  async prepare(specs: readonly BotSpec[], progress: (ready: number) => void): Promise<void> {
    const waiting = [...specs];
    let ready = 0;
    const work = async (): Promise<void> => {
      for (let spec = waiting.shift(); spec && !this.#scope.isEnded; spec = waiting.shift()) {
        await this.act(spec.number, "prepare");
        progress((ready += 1));
      }
    };
    await Promise.all(Array.from({ length: PREPARING_AT_ONCE }, work));
    this.#identify();
  }

  /** Resolves when the bot has done it, or can no longer do anything. */
  act(bot: number, act: BotAct): Promise<void> {
    const host = this.#hostOf.get(bot);
    if (!host) return Promise.resolve();
    const done = this.#underWay.begin(bot, act);
    host.send({ type: "act", bot, act });
    return done;
  }

  /** The longest time that a process was not free at one go since the last call, in ms. */
  takeLongestLag(): number {
    const longestMs = this.#longestLagMs;
    this.#longestLagMs = 0;
    return longestMs;
  }

  setNetwork(bots: readonly number[], profile: NetworkProfile | undefined): void {
    for (const host of this.#hosts) {
      const housed = bots.filter((bot) => this.#hostOf.get(bot) === host);
      if (housed.length > 0) host.send({ type: "network", bots: housed, profile });
    }
  }

  /** What all bots say now; the newest word of those that are gone. */
  reports(): Promise<readonly BotReport[]> {
    return this.#requests.ask(this.#hosts);
  }

  /** Pictures of the call as the browsers see it now, as far as they come in time. */
  async takeSamples(): Promise<readonly BotSample[]> {
    const seeing = [...this.#hostOf].filter(([, { tier }]) => tier === "browser").slice(0, MAX_SAMPLES);
    const taken = Promise.all(seeing.map(([bot]) => this.act(bot, "sample")));
    await within(this.#deps.clock, SAMPLES_LIMIT_MS, taken);
    return [...this.#samples.values()].toSorted((a, b) => a.bot - b.bot);
  }

  /** Processes of one tier. */
  processes(tier: BotTier): readonly number[] {
    return this.#hosts.filter((host) => host.tier === tier).map((host) => host.processId);
  }

  /** How long the busiest process was not free at a time during its last second, in ms. */
  lagMs(): number {
    return Math.max(0, ...this.#lags.values());
  }

  async close(): Promise<void> {
    for (const host of this.#hosts) host.send({ type: "close" });
    await Promise.all(this.#hosts.map((host) => this.#closed(host)));
    await Promise.all(this.#hosts.map((host) => host.end()));
  }

  find(finding: Finding): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
  }

  #identify(): void {
    for (const host of this.#hosts) host.send({ type: "identify", numbers: [...this.#numbers] });
  }

  #take(host: HostLink, message: FromHost): void {
    switch (message.type) {
      case "prepared":
        if (message.account) {
          this.#numbers.set(message.account.userId, message.bot);
          this.#deps.accountKnown(message.bot, message.account);
        }
        break;
      case "done":
        this.#underWay.end(message.bot, message.act);
        break;
      case "reported":
        this.#requests.answer(message.request, message.bots);
        break;
      case "found":
        this.find(message.finding);
        break;
      case "lagged":
        this.#noteLag(host, message.lagMs);
        break;
      case "carried":
        this.#noteCarried(host, message.bytes);
        break;
      case "sampled":
        this.#keep(message.sample);
        break;
      case "ready":
      case "closed":
        break;
    }
  }

  /** A process that is too busy to tell of its lag tells of it late. */
  #noteLag(host: HostLink, lagMs: number): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const silentMs = nowMs - (this.#toldAtMs.get(host) ?? nowMs) - LAG_REPORT_MS;
    this.#toldAtMs.set(host, nowMs);
    this.#lags.set(host, lagMs);
    // Browsers have processes of their own, which their host does not speak for.
    if (host.tier !== "browser") this.#longestLagMs = Math.max(this.#longestLagMs, lagMs, silentMs);
  }

  #keep(sample: BotSample): void {
    if (sample.png.length <= MAX_SAMPLE_BYTES) this.#samples.set(sample.bot, sample);
  }

  /** What a process carried that is gone stays counted. */
  #noteCarried(host: HostLink, bytes: number): void {
    this.#carried.set(host, bytes);
    this.#deps.mediaCarried([...this.#carried.values()].reduce((sum, each) => sum + each, 0));
  }

  #lose(host: HostLink, how: string): void {
    this.#lags.delete(host);
    const lost = [...this.#hostOf].filter(([, known]) => known === host).map(([bot]) => bot);
    for (const bot of lost) {
      this.#hostOf.delete(bot);
      this.#underWay.endAll(bot);
      const sentence = `The process of this ${host.tier} bot died (${how}).`;
      this.find({ atMs: this.#deps.clock.nowMs(), bot, code: "crashed", sentence });
    }
    this.#requests.giveUp(host);
  }

  #closed(host: HostLink): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(CLOSE_LIMIT_MS, resolve);
      const settle = (): void => {
        cancel();
        resolve();
      };
      host.received.on(this.#scope, ({ type }) => {
        if (type === "closed") settle();
      });
      host.died.on(this.#scope, settle);
      if (![...this.#hostOf.values()].includes(host)) settle();
    });
  }
}

const CLOSE_LIMIT_MS = 30_000;

/** Bots by tier, as many together as may share a process. */
function sharesOf(bots: readonly BotOrder[]): (readonly [BotTier, readonly BotOrder[]])[] {
  const tiers = [...new Set(bots.map(({ spec }) => spec.tier))];
  return tiers.flatMap((tier) => {
    const all = bots.filter(({ spec }) => spec.tier === tier);
    const size = BOTS_PER_HOST[tier];
    const starts = Array.from({ length: Math.ceil(all.length / size) }, (_, index) => index * size);
    return starts.map((start) => [tier, all.slice(start, start + size)] as const);
  });
}

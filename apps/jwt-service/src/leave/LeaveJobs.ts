import type { CancelTimer, Clock, Logger } from "@conclave/kit";

import { limited } from "../errors.ts";
import { keyOf, type LeaveJob, type Place, type StoredJob } from "./LeaveJob.ts";
import {
  dueAtMs,
  startLeave,
  transition,
  type LeaveEffect,
  type LeaveEvent,
  type LeaveRules,
  type LeaveState,
} from "./leaveMachine.ts";
import type { DelayedEvents, JobStore, ParticipantLookUp } from "./ports.ts";
import { Turns } from "./Turns.ts";

/** Jobs at once; a call of any size needs one each. */
const MAX_JOBS = 20_000;
/** Questions to the SFU at once, so that a restart with many jobs is no flood. Leaves and restarts do not wait for them. */
const MAX_LOOK_UPS_AT_ONCE = 32;
/** What a job's arithmetic is bounded to: longer than any homeserver's limit. */
const LONGEST_DELAY_MS = 30 * 86_400_000;
const RETRY_AFTER_MS = 10_000;

export interface LeaveJobsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly delayedEvents: DelayedEvents;
  readonly participants: ParticipantLookUp;
  readonly store: JobStore;
  /** How often a participant that the SFU once confirmed is asked about; may change while jobs run. */
  readonly sanityIntervalMs: () => number;
  readonly onSignal: (signal: JobSignal) => void;
}

/** What metrics and self-check want to know of jobs. */
export type JobSignal =
  | { readonly is: "ended"; readonly how: Extract<LeaveState, { name: "ended" }>["how"] }
  | { readonly is: "foundWithoutWebhook" }
  | { readonly is: "callFailed"; readonly action: "restart" | "send" };

interface RunningJob {
  readonly job: LeaveJob;
  state: LeaveState;
  cancelTimer: CancelTimer | undefined;
}

/** All delegated leaves of this process: performs what `leaveMachine` decides. */
export class LeaveJobs {
  readonly #deps: LeaveJobsDeps;
  readonly #jobs = new Map<string, RunningJob>();
  readonly #lookUps = new Turns(MAX_LOOK_UPS_AT_ONCE);
  #isClosed = false;

  constructor(deps: LeaveJobsDeps) {
    this.#deps = deps;
  }

  /**
   * Takes a delayed leave over; resolves once it is stored. A job for the same place ends silently.
   *
   * @throws {JwtServiceError} `service_busy`
   */
  async delegate(job: LeaveJob): Promise<void> {
    if (this.#jobs.size >= MAX_JOBS && !this.#jobs.has(keyOf(job))) throw limited("service_busy", RETRY_AFTER_MS);
    const bounded = { ...job, delayMs: Math.min(job.delayMs, LONGEST_DELAY_MS) };
    const running = this.#start(bounded, false);
    await this.#store(running);
  }

  /** Goes on with what an earlier process left behind, and deletes what the homeserver has done meanwhile. */
  async restore(): Promise<void> {
    for (const stored of await this.#deps.store.load()) {
      if (stored.restartedAtMs + stored.delayMs <= this.#deps.clock.nowMs()) {
        await this.#deps.store.remove(stored);
        this.#deps.logger.info("delegated leave expired while this service was away", { server: stored.serverName });
      } else if (this.#jobs.size < MAX_JOBS) this.#start(stored, true);
    }
    if (this.#jobs.size > 0) this.#deps.logger.info("delegated leaves restored", { jobs: this.#jobs.size });
  }

  /** Tells the job of a place, if there is one, what happened there. */
  tell(place: Place, event: LeaveEvent): void {
    const running = this.#jobs.get(keyOf(place));
    if (running) this.#apply(running, event);
  }

  /** Jobs by state. */
  get counts(): Readonly<Record<"waiting" | "connected" | "leaving", number>> {
    const counts = { waiting: 0, connected: 0, leaving: 0 };
    for (const { state } of this.#jobs.values()) if (state.name !== "ended") counts[state.name] += 1;
    return counts;
  }

  /** Everything that is stored, as it is to be stored: for a store that lost it. */
  get stored(): readonly StoredJob[] {
    return [...this.#jobs.values()].map(({ job, state }) => ({
      ...job,
      restartedAtMs: this.#restartedAtMs(job, state),
    }));
  }

  /** Stops all timers. Stored jobs stay stored, so that the next process goes on with them. */
  close(): void {
    this.#isClosed = true;
    for (const running of this.#jobs.values()) running.cancelTimer?.();
    this.#jobs.clear();
  }

  #start(job: LeaveJob, isRestored: boolean): RunningJob {
    const key = keyOf(job);
    const earlier = this.#jobs.get(key);
    if (earlier) this.#apply(earlier, { type: "replaced" });
    const state = startLeave(this.#rules(job), this.#deps.clock.monotonicMs(), isRestored);
    const running: RunningJob = { job, state, cancelTimer: undefined };
    this.#jobs.set(key, running);
    this.#arm(running);
    return running;
  }

  #apply(running: RunningJob, event: LeaveEvent): void {
    if (this.#isClosed || running.state.name === "ended") return;
    const before = running.state.name;
    const nowMs = this.#deps.clock.monotonicMs();
    const { state, effects } = transition(this.#rules(running.job), running.state, event, nowMs);
    running.state = state;
    if (state.name !== before) this.#note(running, event);
    if (state.name === "ended") this.#forget(running);
    else this.#arm(running);
    for (const effect of effects) this.#perform(running, effect);
  }

  #rules({ delayMs }: LeaveJob): LeaveRules {
    return { delayMs, sanityIntervalMs: this.#deps.sanityIntervalMs() };
  }

  #arm(running: RunningJob): void {
    running.cancelTimer?.();
    running.cancelTimer = undefined;
    const atMs = dueAtMs(running.state);
    if (atMs === Infinity) return;
    const waitMs = Math.max(0, atMs - this.#deps.clock.monotonicMs());
    running.cancelTimer = this.#deps.clock.after(waitMs, () => this.#apply(running, { type: "due" }));
  }

  /** Leaves the map, unless another job has the place by now. */
  #forget(running: RunningJob): void {
    running.cancelTimer?.();
    const key = keyOf(running.job);
    if (this.#jobs.get(key) === running) this.#jobs.delete(key);
  }

  #perform(running: RunningJob, effect: LeaveEffect): void {
    switch (effect) {
      case "lookUp":
        return void this.#lookUps.take(() => this.#lookUp(running));
      case "restart":
      case "send":
        return void this.#call(running, effect);
      case "store":
        return void this.#store(running);
      case "forget":
        return void this.#remove(running);
    }
  }

  async #lookUp(running: RunningJob): Promise<void> {
    if (running.state.name === "ended" || running.state.name === "leaving") return;
    const jitter = this.#deps.random();
    try {
      const found = await this.#deps.participants.find(running.job);
      if (!found) return this.#apply(running, { type: "participantMissing", jitter });
      if (running.state.name === "waiting") this.#deps.onSignal({ is: "foundWithoutWebhook" });
      this.#apply(running, { type: "participantFound", ...(found.sid ? { sid: found.sid } : {}) });
    } catch (fault) {
      this.#deps.logger.debug("participant look-up failed", { cause: reasonOf(fault) });
      this.#apply(running, { type: "lookUpFailed", jitter });
    }
  }

  async #call(running: RunningJob, action: "restart" | "send"): Promise<void> {
    const { job } = running;
    const jitter = this.#deps.random();
    try {
      const answer = await this.#deps.delayedEvents.act({ serverName: job.serverName, delayId: job.delayId, action });
      if (answer.is === "done") return this.#apply(running, { type: action === "send" ? "sent" : "restarted" });
      if (answer.is === "gone") return this.#apply(running, { type: "eventGone" });
      this.#failed(running, action, answer.reason);
      const { retryAfterMs } = answer;
      this.#apply(running, { type: "callFailed", jitter, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    } catch (fault) {
      this.#failed(running, action, reasonOf(fault));
      this.#apply(running, { type: "callFailed", jitter });
    }
  }

  #failed({ job }: RunningJob, action: "restart" | "send", cause: string): void {
    this.#deps.onSignal({ is: "callFailed", action });
    this.#deps.logger.warn("delayed event call failed", { action, cause, server: job.serverName, room: job.room });
  }

  async #store(running: RunningJob): Promise<void> {
    const stored = { ...running.job, restartedAtMs: this.#deps.clock.nowMs() };
    await this.#deps.store.save(stored).catch((fault: unknown) => this.#storeFailed(fault));
  }

  async #remove({ job }: RunningJob): Promise<void> {
    if (this.#jobs.has(keyOf(job))) return;
    await this.#deps.store.remove(job).catch((fault: unknown) => this.#storeFailed(fault));
  }

  #storeFailed(fault: unknown): void {
    this.#deps.logger.error("delegated leaves cannot be stored: they are lost if this service ends now", {
      cause: reasonOf(fault),
    });
  }

  /** When the homeserver's timer last began, by the wall clock; what a connected job's deadline tells. */
  #restartedAtMs(job: LeaveJob, state: LeaveState): number {
    const { clock } = this.#deps;
    const endMs = state.name === "connected" ? state.deadlineMs : clock.monotonicMs() + job.delayMs;
    return Math.round(clock.nowMs() + endMs - clock.monotonicMs() - job.delayMs);
  }

  #note({ job, state }: RunningJob, event: LeaveEvent): void {
    const fields = { state: state.name, event: event.type, server: job.serverName, room: job.room };
    if (state.name !== "ended") return this.#deps.logger.info("delegated leave", fields);
    this.#deps.onSignal({ is: "ended", how: state.how });
    const line = { ...fields, how: state.how };
    if (state.how === "lost" || state.how === "unsent") {
      this.#deps.logger.error("delegated leave could not be kept: the homeserver's own timer decides now", line);
    } else this.#deps.logger.info("delegated leave ended", line);
  }
}

function reasonOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : typeof fault;
}

import { initialKeyPlan, type KeyPlanState } from "../keyPlan.ts";
import { noteSendOutcome, type SendReport } from "../noteSendOutcome.ts";
import { planKeyDistribution, type KeyPlan } from "../planKeyDistribution.ts";
import type { PresentMember } from "../plannedKey.ts";

type Send = NonNullable<KeyPlan["send"]>;

/** Drives key plans step by step, and remembers who was sent what. */
export class PlanDriver {
  nowMs = 0;
  inUse = -1;
  isSuspended = false;
  readonly sends: Send[] = [];
  /** When each generation came into use. */
  readonly usedAtMs: Map<number, number> = new Map();
  #state: KeyPlanState = initialKeyPlan;
  #others: readonly PresentMember[] = [];
  #own: string | undefined;
  #isQuiet = false;
  /** When each generation was first sent. */
  readonly madeAtMs: Map<number, number> = new Map();
  #pending: Send | undefined;
  #wakeAtMs: number | undefined;

  get waitMs(): number | undefined {
    return this.#wakeAtMs === undefined ? undefined : this.#wakeAtMs - this.nowMs;
  }

  get hasPendingSend(): boolean {
    return this.#pending !== undefined;
  }

  /** Everybody who may know the key, delivered or not. */
  holdersOf(generation: number): readonly string[] {
    return [...new Set(this.sends.filter((send) => send.generation === generation).flatMap((send) => send.devices))];
  }

  own(membership: string): this {
    this.#own = membership;
    return this;
  }

  quiet(isQuiet: boolean): this {
    this.#isQuiet = isQuiet;
    return this.#plan();
  }

  attend(...devices: readonly string[]): this {
    return this.#setOthers(devices.map((device) => ({ device, membership: "first" })));
  }

  attendAs(memberships: Readonly<Record<string, string>>): this {
    return this.#setOthers(Object.entries(memberships).map(([device, membership]) => ({ device, membership })));
  }

  /** Ends sends until none is pending; with names, only those devices are reached. */
  deliver(...reached: readonly string[]): this {
    for (let send = this.#pending; send; send = this.#pending) {
      const sent = new Set(reached.length === 0 ? send.devices : reached);
      this.#report({ result: "answered", sent });
    }
    return this;
  }

  reject(): this {
    return this.#report({ result: "rejected", retryAfterMs: undefined, cause: "refused" });
  }

  /** Moves time, waking the plan when it asked for it. */
  advance(byMs: number): this {
    const untilMs = this.nowMs + byMs;
    while (this.#wakeAtMs !== undefined && this.#wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.#wakeAtMs);
      this.#plan();
    }
    this.nowMs = untilMs;
    return this;
  }

  #setOthers(others: readonly PresentMember[]): this {
    this.#others = others;
    return this.#plan();
  }

  #report(report: SendReport): this {
    if (!this.#pending) return this;
    const send = this.#pending;
    this.#pending = undefined;
    this.#state = noteSendOutcome(this.#state, send, report, this.nowMs);
    return this.#plan();
  }

  #plan(): this {
    const plan = planKeyDistribution(
      this.#state,
      { others: this.#others, ownMembership: this.#own, isQuiet: this.#isQuiet },
      this.nowMs,
    );
    this.#state = plan.state;
    this.#wakeAtMs = plan.wakeAtMs;
    if (plan.suspend) this.isSuspended = true;
    if (plan.use !== undefined) {
      this.isSuspended = false;
      this.inUse = plan.use;
      this.usedAtMs.set(plan.use, this.nowMs);
    }
    if (plan.send) {
      this.#pending = plan.send;
      this.sends.push(plan.send);
      if (!this.madeAtMs.has(plan.send.generation)) this.madeAtMs.set(plan.send.generation, this.nowMs);
    }
    return this;
  }
}

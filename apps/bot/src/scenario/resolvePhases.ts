import { CHURN_GAP_MS, MIN_CHURN_MS, OWN_CLOCK } from "./scenario.ts";
import type { Phase, RestartPart, Rude } from "./scenario.ts";
import type { DraftPhase } from "./schema.ts";
import { showDuration, trim } from "./units.ts";

/** Says what is wrong at a path; the predicate follows the place. */
export type ReportFault = (path: readonly (string | number)[], predicate: string) => void;

/** What phases are read against. */
export interface PhaseContext {
  readonly people: number;
  readonly manners: Readonly<Partial<Record<Rude, number>>>;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly isEmbedded: boolean;
  readonly report: ReportFault;
}

/** How many people are where, while the phases go by. */
interface Crowd {
  inside: number;
  outside: number;
}

type Of<Name extends DraftPhase["phase"]> = Extract<DraftPhase, { phase: Name }>;
type Complain = (key: string, predicate: string) => void;

/**
 * Fills what the phases leave open and follows how many people are in the call, so that nobody joins twice or leaves
 * who is not there. Phases with a fault are left out.
 */
export function resolvePhases(drafts: readonly DraftPhase[], context: PhaseContext): Phase[] {
  const crowd: Crowd = { inside: 0, outside: context.people };
  return drafts.flatMap((draft, index) => {
    const complain: Complain = (key, predicate) => context.report(["phases", index, key], predicate);
    return resolvePhase(draft, crowd, context, complain) ?? [];
  });
}

// One case a phase.
function resolvePhase(draft: DraftPhase, crowd: Crowd, context: PhaseContext, complain: Complain): Phase | undefined {
  switch (draft.phase) {
    case "ramp":
      return resolveRamp(draft, crowd, context, complain);
    case "hold":
      return { phase: "hold", durationMs: draft.for ?? context.durationMs };
    case "churn":
      return resolveChurn(draft, crowd, context, complain);
    case "storm":
      if (!join(draft.people, crowd, complain)) return undefined;
      return { phase: "storm", people: draft.people, withinMs: draft.within };
    case "leave_wave":
      return resolveLeaveWave(draft, crowd, context, complain);
    case "kick":
      if (!leave(draft.people, crowd, context, complain)) return undefined;
      return { phase: "kick", people: draft.people, withinMs: draft.within ?? 0 };
    case "restart":
      return resolveRestart(draft.part, context, complain);
    default:
      return resolveNetwork(draft, context);
  }
}

function resolveRamp(draft: Of<"ramp">, crowd: Crowd, context: PhaseContext, complain: Complain): Phase | undefined {
  const people = draft.people ?? crowd.outside;
  if (people === 0) {
    complain("phase", "must not be a ramp here, because everybody is in the call already.");
    return undefined;
  }
  if (!join(people, crowd, complain)) return undefined;
  return { phase: "ramp", people, ratePerSecond: draft.rate ?? context.ratePerSecond };
}

function resolveChurn(draft: Of<"churn">, crowd: Crowd, context: PhaseContext, complain: Complain): Phase | undefined {
  const awayAtOnce = Math.ceil(draft.leaves * (CHURN_GAP_MS.max / 1000));
  const free = mayLeave(crowd, context);
  if (awayAtOnce > free) {
    complain("leaves", `takes out up to ${awayAtOnce} people at once, but ${only(free)} can leave then.`);
    return undefined;
  }
  const durationMs = draft.for ?? context.durationMs;
  if (durationMs < MIN_CHURN_MS) {
    complain("for", `must be at least ${showDuration(MIN_CHURN_MS)}, so that people come back before the churn ends.`);
    return undefined;
  }
  return {
    phase: "churn",
    durationMs,
    leavesPerMinute: draft.leaves * 60,
    vanishShare: draft.vanish ?? 0,
  };
}

function resolveLeaveWave(
  draft: Of<"leave_wave">,
  crowd: Crowd,
  context: PhaseContext,
  complain: Complain,
): Phase | undefined {
  if ((draft.people === undefined) === (draft.share === undefined)) {
    complain("people", "and share: exactly one of them must be given.");
    return undefined;
  }
  const free = mayLeave(crowd, context);
  const people = draft.people ?? Math.min(free, Math.max(1, Math.round(crowd.inside * (draft.share ?? 0))));
  if (!leave(Math.max(1, people), crowd, context, complain)) return undefined;
  crowd.outside += people;
  return { phase: "leave_wave", people, withinMs: draft.within, vanishShare: draft.vanish ?? 0 };
}

function resolveRestart(part: RestartPart, context: PhaseContext, complain: Complain): Phase | undefined {
  if (context.isEmbedded) return { phase: "restart", part };
  complain("phase", "must not be restart with --url: only servers that the command itself started are restarted.");
  return undefined;
}

function resolveNetwork(draft: Of<"network">, context: PhaseContext): Phase {
  return {
    phase: "network",
    durationMs: draft.for ?? context.durationMs,
    share: draft.share,
    profile: { delayMs: draft.delay ?? 0, jitterMs: draft.jitter ?? 0, lossShare: draft.loss ?? 0 },
  };
}

function join(people: number, crowd: Crowd, complain: Complain): boolean {
  if (people > crowd.outside) {
    complain(
      "people",
      `must be at most ${crowd.outside}, because ${only(crowd.outside)} can join then, not ${people}.`,
    );
    return false;
  }
  crowd.inside += people;
  crowd.outside -= people;
  return true;
}

function leave(people: number, crowd: Crowd, context: PhaseContext, complain: Complain): boolean {
  const free = mayLeave(crowd, context);
  if (people > free) {
    complain("people", `must be at most ${free}, because ${only(free)} can leave then, not ${people}.`);
    return false;
  }
  crowd.inside -= people;
  return true;
}

/** Those with a clock of their own join first, and no phase sends them away. */
function mayLeave(crowd: Crowd, context: PhaseContext): number {
  const ownClock = OWN_CLOCK.reduce((sum, manners) => sum + (context.manners[manners] ?? 0), 0);
  return Math.max(0, crowd.inside - ownClock);
}

function only(people: number): string {
  return people === 0 ? "nobody" : `only ${trim(people)}`;
}

import type { BotTier, Manners, MediaProfile, NetworkProfile, Sabotage } from "../model.ts";
import type { Expectation } from "./expectations.ts";

/** The part of the embedded stack that is ended and started again. */
export type RestartPart = "sfu" | "homeserver" | "all";

/** A stretch of the run. Each begins where the one before ends; those without a duration take no time. */
export type Phase =
  /** People join one after the other. */
  | { readonly phase: "ramp"; readonly people: number; readonly ratePerSecond: number }
  /** Nothing changes. */
  | { readonly phase: "hold"; readonly durationMs: number }
  /** People leave and are back after 2 to 6 s. */
  | {
      readonly phase: "churn";
      readonly durationMs: number;
      readonly leavesPerMinute: number;
      readonly vanishShare: number;
    }
  /** Many join at once. */
  | { readonly phase: "storm"; readonly people: number; readonly withinMs: number }
  /** Many leave at once. */
  | { readonly phase: "leave_wave"; readonly people: number; readonly withinMs: number; readonly vanishShare: number }
  /** People are removed from the room; they do not come back. */
  | { readonly phase: "kick"; readonly people: number; readonly withinMs: number }
  | { readonly phase: "restart"; readonly part: RestartPart }
  | {
      readonly phase: "network";
      readonly durationMs: number;
      /** 0..1 of all people. */
      readonly share: number;
      readonly profile: NetworkProfile;
    };

/** At these the swarm stops, whatever the scenario says. */
export interface Bounds {
  readonly maxPeople: number;
  readonly maxDurationMs: number;
  /** Sent and received by all bots of one machine together. */
  readonly maxBytes: number;
}

/** A scenario in which every number is possible and nothing is left open. */
export interface Scenario {
  readonly name: string;
  /** One line for `conclave swarm list`. */
  readonly about?: string;
  readonly people: Readonly<Record<BotTier, number>>;
  readonly talkers: number;
  readonly cameras: number;
  /** 0.1..1 of the time that a talker talks; 1 for always. */
  readonly talkActivity: number;
  /** 0.1..1 of the time that a camera is on; 1 for always. */
  readonly filmActivity: number;
  /** When those who send begin: as they join, or one after the other when the first phase is over. */
  readonly senders: "at_once" | "when_all_are_in";
  /** How long after both are there a stream may take until it is decrypted. */
  readonly graceMs: number;
  readonly seed: string;
  readonly media: MediaProfile;
  readonly manners: Readonly<Partial<Record<Rude, number>>>;
  readonly sabotage: Readonly<Partial<Record<Sabotage, number>>>;
  readonly phases: readonly Phase[];
  readonly expect: readonly Expectation[];
  readonly bounds: Bounds;
}

/** Manners that a scenario counts; all other bots are polite. */
export type Rude = Exclude<Manners, "polite">;

export const TIERS = ["protocol", "native", "browser"] as const satisfies readonly BotTier[];

export const RUDE = [
  "silent_leaver",
  "late_reader",
  "key_withholder",
  "junk_sender",
  "flapper",
  "slow_network",
] as const satisfies readonly Rude[];

export const SABOTAGE = [
  "rotation_off",
  "lose_key",
  "flip_bit",
  "drop_subscription",
  "encryption_off",
] as const satisfies readonly Sabotage[];

/** Leave by a clock of their own, so phases never send them away. */
export const OWN_CLOCK = ["silent_leaver", "flapper"] as const satisfies readonly Rude[];

/** Show only at a bot that sends. */
export const NEED_SENDER: ReadonlySet<Rude | Sabotage> = new Set([
  "key_withholder",
  "junk_sender",
  "rotation_off",
  "lose_key",
  "flip_bit",
  "encryption_off",
]);

/** How long somebody stays away in a churn, ms. */
export const CHURN_GAP_MS = { min: 2000, max: 6000 } as const;

/** The shortest churn in which people come back before it ends, ms. */
export const MIN_CHURN_MS = 10_000;

/** How long a phase lasts. */
export function phaseDurationMs(phase: Phase): number {
  switch (phase.phase) {
    case "ramp":
      return Math.ceil((phase.people * 1000) / phase.ratePerSecond);
    case "hold":
    case "churn":
    case "network":
      return phase.durationMs;
    case "storm":
    case "leave_wave":
    case "kick":
      return phase.withinMs;
    default:
      return 0;
  }
}

export function totalPeople(people: Readonly<Record<BotTier, number>>): number {
  return people.protocol + people.native + people.browser;
}

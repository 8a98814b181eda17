import type { BotSpec, NetworkProfile } from "../model.ts";
import type { RestartPart } from "./scenario.ts";

/** What one bot is told. `talk` to `unfilm` say what it sends whenever it is in the call, so they may come before a join. */
export type BotAct = "join" | "leave" | "vanish" | "kick" | "talk" | "hush" | "film" | "unfilm";

/** One thing that happens. Instants are whole ms from the start of the run. */
export type PlannedAct =
  | { readonly atMs: number; readonly act: BotAct; readonly bot: number }
  | { readonly atMs: number; readonly act: "restart"; readonly part: RestartPart }
  | {
      readonly atMs: number;
      readonly act: "network";
      readonly bots: readonly number[];
      /** Without it the network is as it was found. */
      readonly profile?: NetworkProfile;
    };

/** All that a run does, or one shard's share of it. */
export interface SwarmPlan {
  readonly seed: string;
  /** Bots of the whole run. */
  readonly people: number;
  /** By number. */
  readonly bots: readonly BotSpec[];
  /**
   * By instant. At one instant: what bots send, who goes, who comes, what is done to servers and network; then by
   * number. Who `talks` or `films` does so from its join on, unless it is hushed.
   */
  readonly timeline: readonly PlannedAct[];
  /** Everybody who is still there leaves now; the timeline does not say so. */
  readonly endsAtMs: number;
}

const RANKS: Readonly<Record<PlannedAct["act"], number>> = {
  hush: 0,
  unfilm: 1,
  talk: 2,
  film: 3,
  leave: 4,
  vanish: 5,
  kick: 6,
  join: 7,
  restart: 8,
  network: 9,
};

/** A new list in the order of `timeline`. */
export function inOrder(acts: readonly PlannedAct[]): PlannedAct[] {
  return acts.toSorted(
    (one, other) => one.atMs - other.atMs || RANKS[one.act] - RANKS[other.act] || numberOf(one) - numberOf(other),
  );
}

function numberOf(act: PlannedAct): number {
  return "bot" in act ? act.bot : -1;
}

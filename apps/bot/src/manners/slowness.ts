import type { BotSpec, NetworkProfile } from "../model.ts";

/** What a bad network does to each request, and to each frame of media. */
export interface Slowness {
  /** Each takes so much longer, at random in between. */
  readonly delayMs: readonly [least: number, most: number];
  /** Share that does not get through, 0 to 1. */
  readonly loss: number;
  /** Only requests whose path contains this; all if absent. */
  readonly path?: string;
}

/** A sync that takes so long brings keys and members late. */
const LATE: Slowness = { delayMs: [2_000, 5_000], loss: 0, path: "/sync" };
const SLOW: Slowness = { delayMs: [100, 600], loss: 0.02 };

/** What the network is like for a bot: what the scenario says of it now, else what the bot's manners say. */
export function slownessOf({ manners }: BotSpec, network: NetworkProfile | undefined): Slowness | undefined {
  if (network) {
    const { delayMs, jitterMs, lossShare } = network;
    return { delayMs: [Math.max(0, delayMs - jitterMs), delayMs + jitterMs], loss: lossShare };
  }
  if (manners === "late_reader") return LATE;
  return manners === "slow_network" ? SLOW : undefined;
}

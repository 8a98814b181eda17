import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { inOrder } from "./plan.ts";
import type { SwarmPlan } from "./plan.ts";
import { planSwarm } from "./planSwarm.ts";
import { checkScenario } from "./readScenario.ts";
import { shardOf } from "./shardOf.ts";
import { anyScenario } from "./testing/anyScenario.ts";

function shardsOf(plan: SwarmPlan, count: number): SwarmPlan[] {
  return Array.from({ length: count }, (_, index) => shardOf(plan, index, count));
}

/** Puts shards together again; a change of the network has become one for each shard. */
function unite(shards: readonly SwarmPlan[]): Pick<SwarmPlan, "bots" | "timeline"> {
  const acts = shards.flatMap((shard) => shard.timeline);
  const networks = new Map<string, number[]>();
  for (const act of acts) {
    if (act.act !== "network") continue;
    const key = JSON.stringify({ ...act, bots: [] });
    networks.set(
      key,
      [...(networks.get(key) ?? []), ...act.bots].toSorted((one, other) => one - other),
    );
  }
  const united = [...networks].map(([key, bots]) => ({ ...JSON.parse(key), bots }));
  return {
    bots: shards.flatMap((shard) => shard.bots).toSorted((one, other) => one.number - other.number),
    timeline: inOrder([...acts.filter((act) => act.act !== "network"), ...united]),
  };
}

describe("shardOf", () => {
  it("gives shares that together are the whole plan", () => {
    fc.assert(
      fc.property(anyScenario(), fc.integer({ min: 1, max: 9 }), (raw, count) => {
        const plan = planSwarm(checkScenario(raw));
        const shards = shardsOf(plan, count);
        const { bots, timeline } = unite(shards);
        expect(bots).toEqual(plan.bots);
        // Two changes of the network at one instant may have changed places.
        expect(sorted(timeline)).toEqual(sorted(plan.timeline));
        for (const shard of shards) expect(shard.endsAtMs).toBe(plan.endsAtMs);
      }),
    );
  });

  it("deals out each tier evenly", () => {
    fc.assert(
      fc.property(anyScenario(), fc.integer({ min: 1, max: 9 }), (raw, count) => {
        const shards = shardsOf(planSwarm(checkScenario(raw)), count);
        for (const tier of [undefined, "protocol", "native", "browser"]) {
          const sizes = shards.map((shard) => shard.bots.filter((bot) => !tier || bot.tier === tier).length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("is the whole plan if there is but one", () => {
    const plan = planSwarm(checkScenario({ name: "party", people: { protocol: 5 } }));

    expect(JSON.stringify(shardOf(plan, 0, 1))).toBe(JSON.stringify(plan));
  });

  it("gives other bots to the shards of another seed", () => {
    const numbers = ["1", "2", "3"].map((seed) => {
      const plan = planSwarm(checkScenario({ name: "party", people: { protocol: 30 }, seed }));
      return shardOf(plan, 0, 3).bots.map((bot) => bot.number);
    });

    expect(new Set(numbers.map(String)).size).toBe(3);
  });

  it("restarts servers once, by the first", () => {
    const phases = [{ phase: "ramp" }, { phase: "restart", part: "all" }];
    const shards = shardsOf(planSwarm(checkScenario({ name: "party", people: { protocol: 5 }, phases })), 3);

    expect(shards.map((shard) => shard.timeline.filter((act) => act.act === "restart").length)).toEqual([1, 0, 0]);
  });

  it.each([
    [-1, 3],
    [3, 3],
    [0, 0],
    [0.5, 2],
  ])("refuses shard %d of %d", (index, count) => {
    const plan = planSwarm(checkScenario({ name: "party", people: { protocol: 5 } }));

    expect(() => shardOf(plan, index, count)).toThrow(RangeError);
  });

  it("refuses to share a share", () => {
    const plan = planSwarm(checkScenario({ name: "party", people: { protocol: 5 } }));

    expect(() => shardOf(shardOf(plan, 0, 2), 0, 2)).toThrow(RangeError);
  });
});

function sorted(acts: SwarmPlan["timeline"]): string[] {
  return acts.map((act) => JSON.stringify(act, keysOf(act))).sort();
}

function keysOf(act: object): string[] {
  return [...Object.keys(act), "delayMs", "jitterMs", "lossShare"].sort();
}

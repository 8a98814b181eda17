import { toHex } from "@conclave/kit";
import { describe, expect, it } from "vitest";

import { Simulation, type SimulatedPerson } from "./testing/Simulation.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const JOINS_PER_SEED = 125;
const CROWD = 8;

interface Tally {
  joins: number;
  deliveries: number;
  withoutKey: number;
  liars: string[];
  resent: number;
  sent: number;
}

/** Whether the listener holds the key that the speaker uses now, or has held it: what `confirmed` claims. */
function holdsPresentKey(listener: SimulatedPerson, speaker: SimulatedPerson): boolean {
  return listener.sink.canDecrypt(speaker.member.memberId, speaker.sink);
}

/** Looks whether the states of all pairs say what is so. */
function findLiars(simulation: Simulation): string[] {
  return simulation.present.flatMap((speaker) =>
    speaker.keys.pairs.get().flatMap(({ deviceId, ours }) => {
      const listener = simulation.present.find(({ member }) => member.deviceId === deviceId);
      if (!listener) return [];
      const target = speaker.transport.sent.at(-1)?.key;
      const isTargetInUse = target !== undefined && speaker.sink.senderKey?.index === target.index;
      const isLie = ours.state === "confirmed" && isTargetInUse && !holdsPresentKey(listener, speaker);
      return isLie ? [`${speaker.member.deviceId} believes that ${deviceId} has its key`] : [];
    }),
  );
}

async function play(seed: number, tally: Tally): Promise<void> {
  const weather = { lostRequests: 0.02, maxDelayMs: 3_000, maxViewDelayMs: 500 };
  const simulation = new Simulation(seed, weather);
  const { clock, random } = simulation;
  simulation.arrived = ({ memberId, key }, listener) => {
    tally.deliveries += 1;
    const hex = toHex(key.bytes);
    clock.after(1_000, () => {
      const isThere = [memberId, listener.member.memberId].every((id) =>
        simulation.present.some(({ member }) => member.memberId === id),
      );
      const isHeld = listener.sink.receiverKeys.get(memberId)?.get(key.index) === hex;
      if (isThere && !isHeld) tally.withoutKey += 1;
    });
  };
  for (let join = 0; join < JOINS_PER_SEED; join++) {
    simulation.join();
    tally.joins += 1;
    if (simulation.present.length > CROWD) {
      await simulation.leave(simulation.present[Math.floor(random.next() * (simulation.present.length - 1))]!);
    }
    await clock.advance(random.next() * 4_000);
    tally.liars.push(...findLiars(simulation));
  }
  // The last messages are delivered, and nothing is on its way.
  for (let second = 0; second < 30; second++) {
    await clock.advance(1_000);
    tally.liars.push(...findLiars(simulation));
  }
  tally.withoutKey += simulation.deafPairs().length;
  const states = simulation.present.flatMap(({ keys }) => keys.pairs.get().map(({ ours }) => ours.state));
  tally.liars.push(...states.filter((state) => state !== "confirmed"));
  for (const { transport } of simulation.present) {
    tally.sent += transport.sent.reduce((sum, { recipients }) => sum + recipients.length, 0);
    tally.resent += repeats(transport.sent);
  }
  await Promise.all(simulation.present.map(({ scope }) => scope.end()));
}

function repeats(sent: SimulatedPerson["transport"]["sent"]): number {
  const pairs = sent.flatMap(({ key, recipients }) => recipients.map((to) => `${key.index} ${to.deviceId}`));
  return pairs.length - new Set(pairs).size;
}

describe("1,000 joins with 2 % lost requests and messages delayed by up to three seconds", () => {
  it("leave no pair without a key, and every state told the truth", { timeout: 120_000 }, async () => {
    const tally: Tally = { joins: 0, deliveries: 0, withoutKey: 0, liars: [], resent: 0, sent: 0 };

    for (const seed of SEEDS) await play(seed, tally);

    console.log(
      `${tally.joins} joins, ${tally.deliveries} keys delivered; ${tally.sent} sends, ${tally.resent} of them again`,
    );
    expect(tally.joins).toBe(1_000);
    expect(tally.withoutKey).toBe(0);
    expect(tally.liars).toEqual([]);
  });
});

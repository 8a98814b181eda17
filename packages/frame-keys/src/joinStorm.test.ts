import { describe, expect, it } from "vitest";

import { Simulation } from "./testing/Simulation.ts";

const BEFORE = 10;
const STORM = 30;
const WEATHER = { lostRequests: 0, maxDelayMs: 200, maxViewDelayMs: 100 };

/** Sends of a key to each receiver, by sender and receiver, from the beginning of the storm on. */
async function storm(
  startMs: number,
): Promise<{ readonly most: number; readonly deaf: number; readonly perPair: number }> {
  const simulation = new Simulation(24, WEATHER);
  const { clock, present } = simulation;
  for (let person = 0; person < BEFORE; person++) {
    simulation.join();
    await clock.advance(2_000);
  }
  await clock.advance(20_000 + startMs);
  const skipped = new Map(present.map(({ transport }) => [transport, transport.sent.length]));
  for (let person = 0; person < STORM; person++) {
    simulation.join();
    await clock.advance(2_000 / STORM);
  }
  await clock.advance(1_000);
  const deaf = simulation.deafPairs().length;
  await clock.advance(19_000);
  const sends = present.map(({ transport }) => {
    const counts = new Map<string, number>();
    for (const { recipients } of transport.sent.slice(skipped.get(transport) ?? 0)) {
      for (const { deviceId } of recipients) counts.set(deviceId, (counts.get(deviceId) ?? 0) + 1);
    }
    return [...counts.values()];
  });
  await Promise.all(present.map(({ scope }) => scope.end()));
  const all = sends.flat();
  return { most: Math.max(...all), deaf, perPair: all.reduce((sum, count) => sum + count, 0) / all.length };
}

describe("F24: thirty join within two seconds", () => {
  // A stretch in which keys change begins somewhere in these ten seconds.
  it.each([0, 2_500, 5_000, 7_500])(
    "and each sender sends its keys to nobody more than twice (%d ms)",
    { timeout: 60_000 },
    async (startMs) => {
      const { most, deaf, perPair } = await storm(startMs);

      console.log(`F24: sends of a sender's keys to one receiver: ${most} at most, ${perPair.toFixed(2)} on average`);
      expect(deaf).toBe(0);
      expect(most).toBeLessThanOrEqual(2);
    },
  );
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GRACE_MS, LEAVE_DEADLINE_MS } from "./rotateKeys.ts";
import { PlanDriver } from "./testing/PlanDriver.ts";

type Step =
  | { readonly type: "attend"; readonly present: readonly string[] }
  | { readonly type: "rejoin"; readonly who: string }
  | { readonly type: "deliver" | "reject" | "mute" | "unmute" }
  | { readonly type: "reach"; readonly who: string }
  | { readonly type: "wait"; readonly ms: number };

const names = ["bob", "carol", "dave", "erin"];
const who = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant("attend" as const), present: fc.subarray(names) }),
  fc.record({ type: fc.constant("rejoin" as const), who }),
  fc.record({ type: fc.constantFrom("deliver" as const, "deliver" as const, "reject" as const) }),
  fc.record({ type: fc.constantFrom("mute" as const, "unmute" as const) }),
  fc.record({ type: fc.constant("reach" as const), who }),
  fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 15_000 }) }),
);
const history = fc.array(step, { maxLength: 50 });

/** Plays a history and remembers, by name, who has been away since when and who came when. */
class Story {
  readonly driver = new PlanDriver().attend();
  readonly present = new Map<string, number>();
  readonly joinedAtMs = new Map<string, number>();
  readonly leftAtMs = new Map<string, number>();

  play(step: Step): void {
    switch (step.type) {
      case "attend":
        return this.#attend(step.present);
      case "rejoin":
        if (this.present.has(step.who)) this.present.set(step.who, (this.present.get(step.who) ?? 0) + 1);
        return this.#tell();
      case "deliver":
        return void this.driver.deliver();
      case "mute":
        return void this.driver.quiet(true);
      case "unmute":
        return void this.driver.quiet(false);
      case "reject":
        return void this.driver.reject();
      case "reach":
        return void this.driver.deliver(step.who);
      case "wait":
        return void this.driver.advance(step.ms);
    }
  }

  #attend(names: readonly string[]): void {
    for (const name of this.present.keys()) {
      if (names.includes(name)) continue;
      this.present.delete(name);
      this.leftAtMs.set(name, this.driver.nowMs);
    }
    for (const name of names) {
      if (this.present.has(name)) continue;
      this.present.set(name, 0);
      this.joinedAtMs.set(name, this.driver.nowMs);
      this.leftAtMs.delete(name);
    }
    this.#tell();
  }

  #tell(): void {
    this.driver.attendAs(Object.fromEntries([...this.present].map(([name, serial]) => [name, `m${serial}`])));
  }
}

describe("key plan, whatever happens", () => {
  it("never lets anybody who left know the key that is in use later than the deadline", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const story = new Story();
        for (const step of steps) {
          story.play(step);
          const { driver } = story;
          if (driver.isSuspended) continue;
          const tooLong = [...story.leftAtMs].filter(([, leftAtMs]) => driver.nowMs - leftAtMs > LEAVE_DEADLINE_MS);
          expect(driver.holdersOf(driver.inUse).filter((name) => tooLong.some(([left]) => left === name))).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never gives a joiner a key that was in use more than ten seconds before it joined", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const story = new Story();
        for (const step of steps) {
          const before = story.driver.sends.length;
          const everHeld = new Map(names.map((name) => [name, heldBy(story.driver, name)]));
          story.play(step);
          for (const { generation, devices } of story.driver.sends.slice(before)) {
            for (const name of devices.filter((device) => !everHeld.get(device)?.has(generation))) {
              const joinedAtMs = story.joinedAtMs.get(name) ?? 0;
              const usedAtMs = story.driver.usedAtMs.get(generation) ?? Infinity;
              expect(joinedAtMs - usedAtMs).toBeLessThan(GRACE_MS);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives every present member the key in use, once sends succeed", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const story = new Story();
        for (const step of steps) story.play(step);
        story.play({ type: "unmute" });

        for (let round = 0; round < 10; round++) story.driver.deliver().advance(10_000);

        const holders = story.driver.holdersOf(story.driver.inUse);
        expect(story.driver.isSuspended).toBe(false);
        expect([...story.present.keys()].filter((name) => !holders.includes(name))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("comes to rest: nothing but the hourly key is sent when nothing changes", () => {
    fc.assert(
      fc.property(history, (steps) => {
        const story = new Story();
        for (const step of steps) story.play(step);
        for (let round = 0; round < 20; round++) story.driver.deliver().advance(10_000);
        const before = story.driver.sends.length;

        for (let minute = 0; minute < 10 * 60; minute++) story.driver.deliver().advance(60_000);

        // One standby key an hour, which takes over an hour later.
        expect(story.driver.sends.length - before).toBeLessThanOrEqual(10);
      }),
      { numRuns: 50 },
    );
  });
});

function heldBy(driver: PlanDriver, name: string): ReadonlySet<number> {
  return new Set(driver.sends.filter((send) => send.devices.includes(name)).map((send) => send.generation));
}

import { describe, expect, it } from "vitest";

import {
  GRACE_MS,
  LEAVE_DEADLINE_MS,
  MAX_KEY_AGE_MS,
  MIN_ROTATION_GAP_MS,
  SETTLE_MS,
  STANDBY_LEAD_MS,
  SWITCH_MS,
  USE_DELAY_MS,
} from "./rotateKeys.ts";
import { PlanDriver } from "./testing/PlanDriver.ts";

/** Alone for a while, then bob; everything delivered. */
function aliceWithBob(): PlanDriver {
  return new PlanDriver().attend().advance(60_000).attend("bob").deliver();
}

describe("key plan", () => {
  it("uses the first key at once", () => {
    expect(new PlanDriver().attend().inUse).toBe(0);
  });

  it("gives the first key to all who are present in one send", () => {
    const driver = new PlanDriver().attend("bob", "carol", "dave");

    expect(driver.sends).toEqual([{ generation: 0, devices: ["bob", "carol", "dave"] }]);
  });

  it("shares a key that came into use in the same ten seconds with a joiner", () => {
    const driver = new PlanDriver()
      .attend("bob")
      .deliver()
      .advance(GRACE_MS - 1)
      .deliver()
      .attend("bob", "carol");

    expect(driver.sends.at(-1)).toEqual({ generation: 0, devices: ["carol"] });
    expect(driver.deliver().inUse).toBe(0);
  });

  it("shares it although the decision falls later, behind a send under way", () => {
    const driver = new PlanDriver()
      .attend("bob")
      .advance(GRACE_MS - 1)
      .attend("bob", "carol")
      .advance(5_000);

    expect(driver.deliver().sends[1]).toEqual({ generation: 0, devices: ["carol"] });
  });

  it("makes a new key for a joiner when the present one is older, and uses it at once if nobody else listens", () => {
    const driver = new PlanDriver().attend().advance(GRACE_MS).attend("bob");

    expect(driver.inUse).toBe(1);
    expect(driver.sends).toEqual([{ generation: 1, devices: ["bob"] }]);
  });

  it("hands out a standby key seven seconds into the stretch in which a key came into use", () => {
    const driver = aliceWithBob();

    driver.advance(GRACE_MS - STANDBY_LEAD_MS - 1);
    expect(driver.sends.length).toBe(1);
    driver.advance(1);

    expect(driver.sends.at(-1)).toEqual({ generation: 2, devices: ["bob"] });
    expect(driver.inUse).toBe(1);
  });

  it("puts the standby key to use for a joiner without a wait or a gap", () => {
    const driver = aliceWithBob().advance(GRACE_MS).deliver().advance(60_000);

    driver.attend("bob", "carol");

    expect(driver.inUse).toBe(2);
    expect(driver.sends.at(-1)).toEqual({ generation: 2, devices: ["carol"] });
  });

  it("changes the keys of all senders for the same joiner, whenever they began to send", () => {
    const drivers = [1_000, 8_000].map((startMs) => new PlanDriver().advance(startMs).attend("bob").deliver());
    for (const driver of drivers) {
      const goTo = (atMs: number): PlanDriver => driver.advance(atMs - driver.nowMs);
      goTo(12_000).deliver();
      goTo(20_000).attend("bob", "carol").deliver();
      goTo(27_000).deliver();
      goTo(30_000).attend("bob", "carol", "dave").deliver();
    }

    expect(drivers.map(({ usedAtMs }) => [...usedAtMs.values()].slice(1))).toEqual([
      [20_000, 30_000],
      [20_000, 30_000],
    ]);
  });

  it("waits a second for the others when the standby key has not reached them", () => {
    const driver = aliceWithBob().advance(GRACE_MS).attend("bob", "carol");
    expect(driver.inUse).toBe(1);

    driver.deliver().advance(USE_DELAY_MS - 1);
    expect(driver.inUse).toBe(1);

    expect(driver.advance(1).inUse).toBe(2);
  });

  it("uses a new key one second after a leave", () => {
    const driver = new PlanDriver().attend("bob", "carol").deliver().attend("bob").deliver();

    expect(driver.sends.at(-1)).toEqual({ generation: 1, devices: ["bob"] });
    expect(driver.advance(USE_DELAY_MS - 1).inUse).toBe(0);
    expect(driver.advance(1).inUse).toBe(1);
  });

  it("never promotes a standby key that the leaver holds", () => {
    const driver = aliceWithBob().attend("bob", "carol").deliver().advance(GRACE_MS).deliver();
    const standby = driver.sends.at(-1)?.generation;

    driver.attend("bob").deliver().advance(USE_DELAY_MS);

    expect(driver.inUse).not.toBe(standby);
    expect(driver.holdersOf(driver.inUse)).toEqual(["bob"]);
  });

  it("stops sending when the new key cannot be handed out in time, and resumes with it at once", () => {
    const driver = new PlanDriver().attend("bob", "carol").deliver().attend("bob");

    driver.advance(LEAVE_DEADLINE_MS - 1);
    expect(driver.isSuspended).toBe(false);
    expect(driver.advance(1).isSuspended).toBe(true);

    driver.reject().advance(500).deliver();
    expect([driver.isSuspended, driver.inUse]).toEqual([false, 1]);
  });

  it("makes one key for all who leave within five seconds, and stops for nobody", () => {
    const driver = new PlanDriver().attend("bob", "carol", "dave").deliver().attend("bob", "carol").deliver();

    driver.advance(900).attend("bob").deliver().advance(SETTLE_MS);
    expect([driver.inUse, driver.holdersOf(1)]).toEqual([1, ["bob", "carol"]]);
    driver.advance(MIN_ROTATION_GAP_MS - 900 - SETTLE_MS).deliver();

    expect([driver.inUse, driver.holdersOf(2), driver.isSuspended]).toEqual([2, ["bob"], false]);
  });

  it("makes no more than one key in five seconds however fast people come and go", () => {
    const driver = new PlanDriver().attend("bob", "guest 0").deliver();
    const startMs = driver.nowMs;
    for (let guest = 1; guest <= 200; guest++) driver.advance(300).attend("bob", `guest ${guest}`).deliver();
    const seconds = (driver.nowMs - startMs) / 1_000;

    expect(driver.madeAtMs.size).toBeLessThanOrEqual(seconds / 5 + 2);
    expect(driver.isSuspended).toBe(false);
  });

  it("shares a key with a joiner of the next ten seconds if it has been in use for less than five", () => {
    const driver = new PlanDriver()
      .advance(GRACE_MS - 1_000)
      .attend("bob")
      .deliver();

    driver.advance(4_999).attend("bob", "carol").deliver();
    expect(driver.holdersOf(driver.inUse)).toEqual(["bob", "carol"]);
    const shared = driver.inUse;
    driver.advance(30_000).attend("bob", "carol", "dave").deliver().advance(SETTLE_MS);

    expect(driver.inUse).not.toBe(shared);
  });

  it("makes no key for a leave while nothing is sent, and one when something is", () => {
    const driver = new PlanDriver().attend("bob", "carol").deliver().quiet(true).attend("bob");
    expect([driver.isSuspended, driver.sends.length]).toEqual([true, 1]);

    driver.advance(60_000).attend("bob", "dave").attend("bob").quiet(false);
    expect(driver.isSuspended).toBe(true);
    driver.deliver();

    expect([driver.isSuspended, driver.inUse, driver.holdersOf(1)]).toEqual([false, 1, ["bob"]]);
  });

  it("does not use a standby key before those who listen can have got it", () => {
    const driver = new PlanDriver().attend("bob").deliver().advance(GRACE_MS).deliver();

    driver
      .attend("bob", "carol")
      .deliver()
      .advance(SETTLE_MS - 1);
    expect(driver.inUse).toBe(0);

    expect(driver.advance(1).inUse).toBe(1);
    expect(driver.holdersOf(1)).toEqual(["bob", "carol"]);
  });

  it("does not let a late hand-out put off the switch after a leave", () => {
    const driver = new PlanDriver().attend("bob", "carol").deliver().attend("bob");

    driver.advance(SWITCH_MS - 1).deliver();
    expect(driver.inUse).toBe(0);

    expect([driver.advance(1).inUse, driver.isSuspended]).toEqual([1, false]);
  });

  it("gives the key under way to somebody who joins meanwhile", () => {
    const driver = new PlanDriver().attend("bob", "carol").deliver().advance(60_000).attend("bob").deliver();

    driver.attend("bob", "dave").deliver().advance(USE_DELAY_MS);

    expect([driver.inUse, driver.holdersOf(driver.inUse)]).toEqual([driver.inUse, ["bob", "dave"]]);
  });

  it("sends the key again to a device that rejoined, without a new key", () => {
    const driver = aliceWithBob().advance(5_000).attendAs({ bob: "second membership" });

    expect(driver.sends.at(-1)).toEqual({ generation: 1, devices: ["bob"] });
  });

  it("sends the key again to everybody after its own rejoin", () => {
    const driver = new PlanDriver().own("first").attend("bob", "carol").deliver();

    driver.own("second").attend("bob", "carol");

    expect(driver.sends).toEqual([
      { generation: 0, devices: ["bob", "carol"] },
      { generation: 0, devices: ["bob", "carol"] },
    ]);
  });

  it("tries a rejected send again, ever more slowly, up to four seconds", () => {
    const driver = new PlanDriver().attend("bob");
    const waits: number[] = [];

    for (let round = 0; round < 6; round++) {
      const waitMs = driver.reject().waitMs ?? 0;
      waits.push(waitMs);
      driver.advance(waitMs);
    }

    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it("tries an unreachable device again without holding up the others", () => {
    const driver = new PlanDriver().attend("bob", "carol").deliver("carol");
    expect(driver.sends.length).toBe(1);

    driver.advance(500);

    expect(driver.sends.at(-1)).toEqual({ generation: 0, devices: ["bob"] });
  });

  it("does not wait for an unreachable device before it uses a new key", () => {
    const driver = new PlanDriver().attend("bob", "carol", "dave").deliver().attend("bob", "carol").deliver("bob");

    expect(driver.advance(USE_DELAY_MS).inUse).toBe(1);
  });

  it("counts a device whose send was rejected as one that may know the key", () => {
    const driver = new PlanDriver().attend("bob", "carol").reject().attend("bob");

    expect(driver.advance(500).deliver().advance(USE_DELAY_MS).inUse).toBe(1);
  });

  it("changes the key every hour, without a gap", () => {
    const driver = aliceWithBob().advance(GRACE_MS).deliver();

    driver.advance(MAX_KEY_AGE_MS - GRACE_MS - 1);
    expect(driver.inUse).toBe(1);
    driver.advance(1);

    expect([driver.inUse, driver.holdersOf(2)]).toEqual([2, ["bob"]]);
  });

  it("changes the key at once when the last other member leaves", () => {
    expect(aliceWithBob().attend().inUse).toBe(2);
  });
});

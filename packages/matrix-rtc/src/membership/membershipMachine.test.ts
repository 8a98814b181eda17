import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { DelayId, EventId } from "../ids.ts";
import {
  DRIVEN_ERROR as error,
  DRIVEN_EVENT_ID as eventId,
  failed,
  joinedDriver as joined,
  MembershipDriver as Driver,
} from "../testing/MembershipDriver.ts";
import { LEAVE_DELAY_MS, type ActionFailure, type MembershipEvent } from "./membershipModel.ts";
import { LEAVE_RESTART_MS, REFRESH_AFTER_MS } from "./membershipTimes.ts";

describe("membership machine", () => {
  it("protects before it joins", () => {
    const driver = joined();

    expect(driver.names).toEqual(["schedule_leave", "send_membership"]);
    expect(driver.wakeAtMs).toBe(driver.nowMs + LEAVE_RESTART_MS);
  });

  it("leaves created_ts out of a new membership and counts expiry from now", () => {
    expect(joined().last).toMatchObject({ createdAtMs: undefined, expiresMs: 14_400_000 });
  });

  it("checks the delayed leave before it refreshes, and then keeps the age that the server gave", () => {
    const driver = joined().at(REFRESH_AFTER_MS).send({ type: "time_passed" });
    expect(driver.last?.type).toBe("restart_leave");

    driver.send({ type: "succeeded" });

    expect(driver.last).toMatchObject({
      type: "send_membership",
      createdAtMs: 999_000,
      expiresMs: 14_400_000 + REFRESH_AFTER_MS,
    });
  });

  it("refreshes one that lives an hour five seconds before it ends, however late that was confirmed", () => {
    const driver = new Driver()
      .send({ type: "join_requested", delayedEvents: true, lifeMs: 3_600_000 })
      .send({ type: "succeeded", delayId: "d1" as DelayId })
      .at(2_900)
      .send({ type: "succeeded", of: "send_membership", eventId });

    driver.at(3_595_000).send({ type: "time_passed" }).send({ type: "succeeded" });

    expect(driver.last).toMatchObject({ type: "send_membership", lifeMs: 3_600_000, previousEventId: eventId });
  });

  it("does not refresh a membership whose delayed leave fired during a long sleep, but joins anew", () => {
    const driver = joined().at(REFRESH_AFTER_MS).send({ type: "time_passed" }).send(failed("not_found"));
    expect(driver.last?.type).toBe("schedule_leave");

    driver.send({ type: "succeeded", delayId: "d2" as DelayId });

    expect(driver.last).toMatchObject({ type: "send_membership", createdAtMs: undefined });
  });

  it("schedules again, without rejoining, when the delayed leave is lost before its time", () => {
    const driver = joined().at(LEAVE_RESTART_MS).send({ type: "time_passed" }).send(failed("not_found"));

    driver.send({ type: "succeeded", delayId: "d2" as DelayId });

    expect(driver.names.slice(2)).toEqual(["restart_leave", "schedule_leave"]);
  });

  it("stops trusting delayed leaves when a restart is refused", () => {
    const driver = joined().at(LEAVE_RESTART_MS).send({ type: "time_passed" }).send(failed("refused"));

    expect(driver.names.slice(2)).toEqual(["restart_leave"]);
    expect(driver.state.usesDelayedLeave).toBe(false);
  });

  it("gives a restart no longer than the delayed leave has", () => {
    const driver = joined()
      .at(LEAVE_DELAY_MS - 400)
      .send({ type: "time_passed" });

    expect(driver.last).toMatchObject({ type: "restart_leave", timeoutMs: 400 });
  });

  it("retries a restart almost at once when it timed out", () => {
    const driver = joined().at(4_000).send({ type: "time_passed" }).at(6_000).send(failed("timed_out"));

    expect(driver.wakeAtMs).toBe(1_000_000 + 6_100);
  });

  it.each([
    ["unreachable", 1_000],
    ["rate_limited", 700],
  ] as const)("waits after %s for %d ms", (kind, waitMs) => {
    const driver = new Driver().send({ type: "join_requested", delayedEvents: true }).send(failed(kind));

    expect(driver.wakeAtMs).toBe(driver.nowMs + waitMs);
  });

  it("tries for ever once it has joined", () => {
    const driver = joined().at(4_000).send({ type: "time_passed" });

    for (let second = 5; second < 60; second++) {
      driver
        .send(failed("unreachable"))
        .at(second * 1_000)
        .send({ type: "time_passed" });
    }

    expect(driver.state.phase).toBe("active");
    expect(driver.state.isProbablyLeft).toBe(true);
  });

  it("asks at once when the homeserver is back", () => {
    const driver = joined().at(4_000).send({ type: "time_passed" }).send(failed("unreachable"));

    driver.at(4_100).send({ type: "homeserver_back" });

    expect(driver.names.slice(2)).toEqual(["restart_leave", "restart_leave"]);
  });

  it("fails when the account is logged out", () => {
    const driver = joined().at(4_000).send({ type: "time_passed" }).send(failed("logged_out"));

    expect(driver.state).toMatchObject({ phase: "failed", error });
  });

  it("sends its membership at once when somebody else took it away", () => {
    const driver = joined().at(1_500).send({ type: "own_membership", seen: undefined });

    expect(driver.names.slice(2)).toEqual(["send_membership"]);
    expect(driver.last).toMatchObject({ createdAtMs: undefined });
  });

  it("checks the delayed leave first when that may have taken its membership away", () => {
    const driver = joined().at(4_000).send({ type: "time_passed" }).send(failed("unreachable"));
    driver.at(LEAVE_DELAY_MS - 900).send({ type: "own_membership", seen: undefined });
    expect(driver.last?.type).toBe("restart_leave");

    driver.send({ type: "succeeded" });

    expect(driver.last?.type).toBe("send_membership");
  });

  it("does not take the missing echo of its own join for a loss", () => {
    const driver = new Driver()
      .send({ type: "join_requested", delayedEvents: false })
      .send({ type: "own_membership", seen: undefined })
      .send({ type: "succeeded", eventId })
      .send({ type: "own_membership", seen: undefined });

    expect(driver.names).toEqual(["send_membership"]);
  });

  it("sends content that changed while a membership was on its way", () => {
    const driver = new Driver()
      .send({ type: "join_requested", delayedEvents: false })
      .send({ type: "content_changed" })
      .send({ type: "succeeded", eventId });

    expect(driver.names).toEqual(["send_membership", "send_membership"]);
  });
});

describe("membership machine, whatever happens", () => {
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.constant("ok" as const) },
    { weight: 2, arbitrary: fc.constantFrom("unreachable", "timed_out", "rate_limited", "not_found", "refused") },
    { weight: 2, arbitrary: fc.constantFrom("seen", "gone", "back", "changed") },
  );
  const steps = fc.array(fc.record({ event, afterMs: fc.integer({ min: 0, max: 6_000 }) }), { maxLength: 60 });
  type Name = "ok" | ActionFailure["kind"] | "seen" | "gone" | "back" | "changed";

  function toEvent(name: Name, driver: Driver, serial: number): MembershipEvent {
    switch (name) {
      case "ok":
        if (!driver.state.running && !driver.state.restarting) return { type: "time_passed" };
        return { type: "succeeded", delayId: `d${serial}` as DelayId, eventId: `$e${serial}` as EventId };
      case "seen":
        return { type: "own_membership", seen: { eventId: `$e${serial}` as EventId, createdAtMs: driver.nowMs } };
      case "gone":
        return { type: "own_membership", seen: undefined };
      case "back":
        return { type: "homeserver_back" };
      case "changed":
        return { type: "content_changed" };
      default:
        return driver.state.running || driver.state.restarting ? failed(name) : { type: "time_passed" };
    }
  }

  function run(history: readonly { readonly event: string; readonly afterMs: number }[]): Driver {
    const driver = new Driver().send({ type: "join_requested", delayedEvents: true });
    for (const [serial, step] of history.entries()) {
      driver.nowMs += step.afterMs;
      driver.send(toEvent(step.event as Name, driver, serial));
    }
    return driver;
  }

  it("never has two actions under way but a restart beside another, and never sends before it has tried to protect", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const driver = new Driver().send({ type: "join_requested", delayedEvents: true });
        for (const [serial, step] of history.entries()) {
          const { running, restarting } = driver.state;
          const before = driver.actions.length;
          const event = toEvent(step.event, driver, serial);
          driver.nowMs += step.afterMs;
          driver.send(event);
          const endsAction = event.type === "succeeded" || event.type === "failed";
          const begun = driver.names.slice(before);
          const allowed = running && !restarting ? ["restart_leave"] : [];
          if ((running || restarting) && !endsAction) expect(allowed).toEqual(expect.arrayContaining([...begun]));
        }
        expect(driver.names[0]).toBe("schedule_leave");
      }),
    );
  });

  it("always has an action or a timer while it is active", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const driver = run(history);

        const isAlive =
          driver.state.running !== undefined || driver.state.restarting !== undefined || driver.wakeAtMs !== undefined;
        expect(isAlive || driver.state.phase === "failed").toBe(true);
      }),
    );
  });

  it("is in, current and protected again once requests succeed", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const driver = run(history);
        fc.pre(driver.state.phase === "active");

        for (let serial = 1_000; serial < 1_100; serial++) {
          driver.nowMs =
            driver.state.running || driver.state.restarting
              ? driver.nowMs
              : Math.max(driver.nowMs, driver.wakeAtMs ?? 0);
          driver.send(toEvent("ok", driver, serial));
        }

        expect(driver.state.published?.version).toBe(driver.state.wantedVersion);
        expect(driver.state.armed !== undefined || !driver.state.usesDelayedLeave).toBe(true);
      }),
    );
  });

  it("leaves nothing behind once it has left", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const driver = run(history);
        fc.pre(driver.state.phase === "active");
        driver.send({ type: "leave_requested" });

        for (let serial = 2_000; serial < 2_006; serial++) {
          driver.nowMs += 1_000;
          driver.send(toEvent("ok", driver, serial));
        }

        expect(driver.state).toMatchObject({ phase: "left", armed: undefined, published: undefined });
      }),
    );
  });
});

import { describe, expect, it } from "vitest";

import type { DelayId, EventId } from "../ids.ts";
import {
  DRIVEN_DELAY_ID as delayId,
  DRIVEN_ERROR as error,
  DRIVEN_EVENT_ID as eventId,
  failed,
  joinedDriver as joined,
  MembershipDriver as Driver,
} from "../testing/MembershipDriver.ts";
import { LEAVE_DELAY_MS, type MembershipEvent } from "./membershipModel.ts";
import { LEAVE_RESTART_MS, REFRESH_AFTER_MS, UNPROTECTED_REFRESH_MS } from "./membershipTimes.ts";

const tick: MembershipEvent = { type: "time_passed" };
const ok: MembershipEvent = { type: "succeeded" };
const changed: MembershipEvent = { type: "content_changed" };

function limited(retryAfterMs: number | undefined): MembershipEvent {
  return { type: "failed", failure: { kind: "rate_limited", retryAfterMs, error } };
}

function tooLong(maxDelayMs: number): MembershipEvent {
  return { type: "failed", failure: { kind: "refused", maxDelayMs, error } };
}

function joining(delayedEvents = true, maxDelayMs?: number): Driver {
  return new Driver().send({ type: "join_requested", delayedEvents, maxDelayMs });
}

describe("a rate limit", () => {
  it("of the membership does not stop restarts of the delayed leave", () => {
    const driver = joined().at(100).send(changed).send(limited(30_000));

    driver.at(LEAVE_RESTART_MS).send(tick);

    expect(driver.last?.type).toBe("restart_leave");
  });

  it("of a restart does not stop a membership while the delayed leave has more than two seconds", () => {
    const driver = joined().at(LEAVE_RESTART_MS).send(tick).send(limited(3_000));

    driver.at(LEAVE_RESTART_MS + 100).send(changed);

    expect(driver.last?.type).toBe("send_membership");
  });

  it("of a restart stops a membership when the delayed leave may fire before it arrives", () => {
    const driver = joined().at(LEAVE_RESTART_MS).send(tick).send(limited(30_000));

    driver.at(LEAVE_DELAY_MS - 1_900).send(changed);

    expect(driver.last?.type).toBe("restart_leave");
    expect(driver.names.length).toBe(3);
  });

  it("is waited out although content changes meanwhile", () => {
    const driver = joined().at(100).send(changed).send(limited(2_000));
    const before = driver.names.length;

    driver.at(200).send(changed);
    expect(driver.names.length).toBe(before);
    driver.at(2_100).send(tick);

    expect(driver.names.length).toBeGreaterThan(before);
  });

  it("without a time is waited for five seconds", () => {
    expect(joining().send(limited(undefined)).wakesAfterMs).toBe(5_000);
  });

  it("of the delayed leave does not keep a person out: after eleven tries the join goes on without", () => {
    const driver = joining();
    for (let tries = 1; tries <= 11; tries++)
      driver
        .send(limited(1_000))
        .at(tries * 1_000)
        .send(tick);

    expect(driver.names.filter((name) => name === "schedule_leave").length).toBe(11);
    expect(driver.last?.type).toBe("send_membership");
  });

  it("of leaving through the delayed leave makes it leave directly", () => {
    const driver = joined().send({ type: "leave_requested" }).send(limited(60_000));

    expect(driver.names.slice(2)).toEqual(["send_leave_now", "clear_membership"]);
  });

  it("counts for its own action: failures of the restart do not end a join whose membership fails", () => {
    const driver = joining().send({ type: "succeeded", delayId });
    for (let second = 1; second <= 9; second++)
      driver
        .send(failed("unreachable"))
        .at(second * 1_000)
        .send(tick);

    expect(driver.state.phase).toBe("active");
  });
});

describe("a delay that the homeserver does not accept", () => {
  it("is lowered to what it accepts, at once", () => {
    const driver = joining().send(tooLong(5_000));

    expect(driver.last).toEqual({ type: "schedule_leave", delayMs: 5_000 });
  });

  it("is not tried a second time if the homeserver names no shorter one", () => {
    expect(joining().send(tooLong(LEAVE_DELAY_MS)).last?.type).toBe("send_membership");
  });

  it.each([0, 1_999])("of at most %d ms is done without: nobody could keep that up", (maxDelayMs) => {
    expect(joining(true, maxDelayMs).last?.type).toBe("send_membership");
    expect(joining().send(tooLong(maxDelayMs)).last?.type).toBe("send_membership");
  });
});

describe("without a delayed leave", () => {
  it("a membership lives five minutes and is refreshed every two", () => {
    const driver = joining(false);
    expect(driver.last).toMatchObject({ expiresMs: 300_000 });

    driver.send({ type: "succeeded", eventId }).send({ type: "own_membership", seen: { eventId, createdAtMs: 7 } });
    driver.at(UNPROTECTED_REFRESH_MS).send(tick);

    expect(driver.last).toMatchObject({ createdAtMs: 7, expiresMs: 300_000 + UNPROTECTED_REFRESH_MS });
  });

  it("a membership that lives hours is shortened when protection is lost", () => {
    const driver = joined().at(UNPROTECTED_REFRESH_MS).send(tick).send(failed("refused"));

    expect(driver.last).toMatchObject({ type: "send_membership", lifeMs: 300_000 });
  });

  it("it has probably left when its membership has expired, and then joins anew", () => {
    const driver = joining(false).send({ type: "succeeded", eventId });
    driver.send({ type: "own_membership", seen: { eventId, createdAtMs: 999_000 } });
    driver.at(UNPROTECTED_REFRESH_MS).send(tick).send(failed("unreachable"));

    driver.at(300_000).send(tick);

    expect(driver.state.isProbablyLeft).toBe(true);
    expect(driver.last).toMatchObject({ type: "send_membership", createdAtMs: undefined });
  });
});

describe("a slow homeserver", () => {
  it("whose restart takes longer than a confirmation is fresh does not hold a membership back", () => {
    const driver = joined().at(2_000).send(changed);
    expect(driver.last?.type).toBe("restart_leave");

    driver.at(3_500).send(ok);

    expect(driver.last?.type).toBe("send_membership");
  });

  it("that takes the delay to schedule it is given a longer one", () => {
    const driver = joining().at(10_000).send({ type: "succeeded", delayId });

    expect(driver.last).toEqual({ type: "schedule_leave", delayMs: 40_000 });
  });

  it("gets no longer delay than it accepts", () => {
    const driver = joining(true, 5_000).at(10_000).send({ type: "succeeded", delayId });

    expect(driver.names).toEqual(["schedule_leave", "send_membership", "restart_leave"]);
  });

  it("gets the first membership before the first restart, however late it scheduled", () => {
    const driver = joining().at(7_000).send({ type: "succeeded", delayId });

    expect(driver.names[1]).toBe("send_membership");
  });

  it("hears restarts while a membership is on its way", () => {
    const driver = joined().at(500).send(changed);
    expect(driver.last?.type).toBe("send_membership");

    driver.at(4_000).send(tick);

    expect(driver.last?.type).toBe("restart_leave");
  });

  it("that took the membership away before it confirmed it gets it again", () => {
    const driver = joined().at(500).send(changed);
    const eventId = "$e2" as EventId;
    driver.send({ type: "own_membership", seen: { eventId, createdAtMs: 999_000 } });
    driver.at(600).send({ type: "own_membership", seen: undefined });

    driver.at(700).send({ type: "succeeded", of: "send_membership", eventId });

    expect(driver.names.slice(2)).toEqual(["send_membership", "send_membership"]);
  });

  it("is asked for overlapping restarts at their usual pace", () => {
    const driver = joined().at(4_000).send(tick).at(6_000).send(failed("timed_out"));
    expect(driver.wakesAfterMs).toBe(6_100);

    driver.at(6_100).send(tick).at(8_100).send(failed("timed_out"));

    expect(driver.at(9_000).send(tick).wakesAfterMs).toBe(10_100);
  });

  it("has restarted the delayed leave when it says so late", () => {
    const driver = joined().at(4_000).send(tick).at(6_000).send(failed("timed_out"));

    driver.at(6_050).send({ type: "late_restart", delayId, askedAtMs: 1_004_000, outcome: "restarted" });

    expect(driver.state.armed).toMatchObject({ confirmedAtMs: 1_004_000 });
    expect(driver.wakesAfterMs).toBe(7_000);
  });

  it("has lost the delayed leave when it says so late", () => {
    const driver = joined().at(4_000).send(tick).at(6_000).send(failed("timed_out"));

    driver.at(6_050).send({ type: "late_restart", delayId, askedAtMs: 1_004_000, outcome: "not_found" });

    expect(driver.last?.type).toBe("schedule_leave");
  });

  it("cannot confirm a delayed leave that has been replaced", () => {
    const driver = joined().at(4_000).send(tick).at(6_000).send(failed("timed_out"));
    const before = driver.state;

    driver.send({ type: "late_restart", delayId: "d0" as DelayId, askedAtMs: 1_005_000, outcome: "restarted" });

    expect(driver.state.armed).toEqual(before.armed);
  });
});

describe("a local clock that is hours off", () => {
  it.each([-5, 5])("by %d h does not shorten a membership", (hours) => {
    const createdAtMs = 1_000_000 + hours * 3_600_000;
    const driver = joined().send({ type: "own_membership", seen: { eventId, createdAtMs } });

    driver.at(REFRESH_AFTER_MS).send(tick).send(ok);

    expect(driver.last).toMatchObject({ createdAtMs, expiresMs: 14_400_000 + REFRESH_AFTER_MS });
  });

  it("never gets into created_ts", () => {
    const driver = joining(false).send({ type: "succeeded", eventId }).at(50).send(changed);

    expect(driver.last).toMatchObject({ type: "send_membership", createdAtMs: undefined, expiresMs: 300_000 });
  });

  it("keeps what the homeserver said over refreshes whose echo is outstanding", () => {
    const driver = joined()
      .at(100)
      .send(changed)
      .send({ type: "succeeded", eventId: "$e2" as EventId });

    driver.at(200).send(changed);

    expect(driver.last).toMatchObject({ type: "send_membership", createdAtMs: 999_000 });
  });
});

describe("a membership whose answer was lost", () => {
  it("is taken back when it leaves, as it may be in the room", () => {
    const driver = joining().send({ type: "succeeded", delayId }).send(failed("unreachable"));

    driver.send({ type: "leave_requested" });

    expect(driver.last).toEqual({ type: "send_leave_now", delayId });
  });

  it("is cleared where there is no delayed leave", () => {
    const driver = joining(false).send(failed("unreachable")).send({ type: "leave_requested" });
    expect(driver.last?.type).toBe("clear_membership");

    driver.send(ok);

    expect(driver.state.phase).toBe("left");
  });

  it("is cleared also when the delayed leave seemed to have fired", () => {
    const driver = joined().at(9_000).send(tick).send(failed("not_found")).send(failed("unreachable"));

    driver.send({ type: "leave_requested" });

    expect(driver.last?.type).toBe("clear_membership");
  });
});

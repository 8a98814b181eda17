import { describe, expect, it } from "vitest";

import type { DelayId } from "../ids.ts";
import {
  DRIVEN_DELAY_ID,
  DRIVEN_ERROR,
  failed,
  joinedDriver,
  type MembershipDriver,
} from "../testing/MembershipDriver.ts";
import type { MembershipEvent } from "./membershipModel.ts";

const START_MS = 1_000_000;
const tick: MembershipEvent = { type: "time_passed" };
const LONGER = "longer" as DelayId;
const noAnswer: MembershipEvent = { ...failed("timed_out"), of: "restart_leave" } as MembershipEvent;

/** A restart was answered after 5 s, and the next one is being waited for: a leave of 20 s is asked for. */
function slow(): MembershipDriver {
  return joinedDriver()
    .at(3_000)
    .send(tick)
    .at(5_000)
    .send(noAnswer)
    .at(5_100)
    .send(tick)
    .at(7_100)
    .send(noAnswer)
    .at(8_000)
    .send({ type: "late_restart", delayId: DRIVEN_DELAY_ID, askedAtMs: START_MS + 3_000, outcome: "restarted" })
    .at(10_000)
    .send(noAnswer);
}

/** That leave is scheduled. */
function prolonged(): MembershipDriver {
  return slow().at(10_050).send({ type: "succeeded", of: "schedule_leave", delayId: LONGER });
}

describe("a homeserver that answers late", () => {
  it("is asked for a delayed leave of four times that, while the present one is kept up", () => {
    const driver = slow();
    expect(driver.last).toEqual({ type: "schedule_leave", delayMs: 20_000 });

    driver.at(10_100).send(tick);

    expect(driver.last).toMatchObject({ type: "restart_leave", delayId: DRIVEN_DELAY_ID });
  });

  it("is asked to forget the one before, once the longer one is there", () => {
    const driver = prolonged();

    expect(driver.state.armed).toMatchObject({ delayId: LONGER, delayMs: 20_000 });
    expect(driver.last).toEqual({ type: "cancel_leave", delayId: DRIVEN_DELAY_ID });
    driver.send({ type: "succeeded", of: "cancel_leave" });
    expect(driver.state).toMatchObject({ retired: undefined, armed: { delayId: LONGER } });
  });

  it("may say that the one before is gone", () => {
    const driver = prolonged().send({ ...failed("not_found"), of: "cancel_leave" } as MembershipEvent);

    expect(driver.state).toMatchObject({ retired: undefined, armed: { delayId: LONGER } });
  });

  it("keeps the present one where it allows none that is longer", () => {
    const driver = slow().send({
      type: "failed",
      of: "schedule_leave",
      failure: { kind: "refused", error: DRIVEN_ERROR },
    });
    driver.at(10_100).send(tick).at(12_100).send(noAnswer);

    expect(driver.state).toMatchObject({ usesDelayedLeave: true, armed: { delayId: DRIVEN_DELAY_ID } });
    expect(driver.names.filter((name) => name === "schedule_leave")).toHaveLength(2);
  });

  it("is not believed to have restarted the longer one when it answers for the one before", () => {
    const driver = slow().at(10_100).send(tick);
    driver.at(10_200).send({ type: "succeeded", of: "schedule_leave", delayId: LONGER });

    driver.at(11_000).send({ ...failed("not_found"), of: "restart_leave" } as MembershipEvent);

    expect(driver.state.armed).toMatchObject({ delayId: LONGER, confirmedAtMs: START_MS + 10_000 });
  });

  it("hears of both when somebody leaves", () => {
    const driver = prolonged().send({ ...failed("unreachable"), of: "cancel_leave" } as MembershipEvent);
    driver.at(12_000).send({ type: "leave_requested" }).send({ type: "succeeded", of: "send_leave_now" });

    expect(driver.names.slice(-2)).toEqual(["send_leave_now", "cancel_leave"]);
    driver.send({ type: "succeeded", of: "cancel_leave" });
    expect(driver.state.phase).toBe("left");
  });
});

it("a homeserver that does not answer is asked for restarts twice a second", () => {
  const driver = joinedDriver().at(3_000).send(tick);

  driver.send({ ...failed("unreachable"), of: "restart_leave" } as MembershipEvent);

  expect(driver.wakesAfterMs).toBe(3_500);
});

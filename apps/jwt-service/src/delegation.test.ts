import { settlePromises } from "@conclave/kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { SfuCallFailed } from "./sfu.ts";
import { deviceBody, memberBody, PLACE, ServiceLab, webhook } from "./testing/ServiceLab.ts";

let lab: ServiceLab;

beforeEach(() => {
  lab = new ServiceLab();
});

describe("a room that the user is not in", () => {
  it("gets no token where the homeserver tells", async () => {
    lab.membership = () => Promise.resolve("absent");

    const { status, headers, body } = await lab.ask("/get_token", memberBody);

    expect([status, body.errcode, headers.get("conclave-cause")]).toEqual([403, "M_FORBIDDEN", "not_in_room"]);
    expect(lab.sfu.created).toEqual([]);
  });

  it("is no obstacle where the homeserver does not tell or cannot", async () => {
    lab.membership = () => Promise.resolve("unknown");
    const untold = await lab.ask("/get_token", memberBody);
    lab.membership = () => Promise.reject(new Error("down"));
    const unasked = await lab.ask("/get_token", memberBody);

    expect([untold.status, unasked.status]).toEqual([200, 200]);
  });

  it("is left within five seconds by a participant who is put out of it", async () => {
    let isIn = true;
    lab.membership = () => Promise.resolve(isIn ? "joined" : "absent");
    const target = lab.open();
    await lab.ask("/get_token", memberBody, target);
    await target.fetch(await webhook("participant_joined"), "");
    await settlePromises();
    isIn = false;
    await lab.clock.advance(5000);

    expect(lab.sfu.removed).toEqual([PLACE]);
    expect(target.metrics()).toContain("conclave_jwt_removed_total 1");
    await target.close();
    expect(lab.clock.pendingTimers).toBe(0);
  });
});

describe("a delegated leave", () => {
  const delegation = { ...memberBody, delay_id: "d1", delay_timeout: 10_000 };

  it.each(["/delegate_delayed_leave", "/get_token"])(
    "handed over at %s is stored, kept alive and sent",
    async (path) => {
      const target = lab.open();
      const { status } = await lab.ask(path, delegation, target);
      const stored = [...lab.store.entries.keys()];
      await target.fetch(await webhook("participant_joined"), "");
      await lab.clock.advance(9000);
      await target.fetch(await webhook("participant_left"), "");
      await settlePromises();

      expect(status).toBe(200);
      expect(stored).toEqual([JSON.stringify([PLACE.room, PLACE.identity])]);
      expect(lab.events.actionsOf("d1")).toEqual(["restart", "restart", "send"]);
      expect(lab.store.entries.size).toBe(0);
      expect(target.metrics()).toContain('conclave_jwt_leave_jobs_ended_total{how="sent"} 1');
    },
  );

  it("is answered with an empty object, and no room is made for it", async () => {
    const { body } = await lab.ask("/delegate_delayed_leave", delegation);

    expect([body, lab.sfu.created]).toEqual([{}, []]);
  });

  it.each([
    ["/delegate_delayed_leave", 403, "M_FORBIDDEN", "delegation_forbidden"],
    ["/get_token", 400, "M_BAD_JSON", "delegation_refused"],
  ])("is not taken at %s from a stranger's homeserver", async (path, status, errcode, cause) => {
    const answer = await lab.ask(path, delegation, lab.open(["other.example"]));

    expect([answer.status, answer.body.errcode, answer.headers.get("conclave-cause")]).toEqual([
      status,
      errcode,
      cause,
    ]);
    expect([lab.store.entries.size, lab.sfu.created]).toEqual([0, []]);
  });

  it("is not taken where the client API is not known, before the room is made", async () => {
    lab.events.isKnown = false;

    const answer = await lab.ask("/get_token", delegation);

    expect([answer.status, answer.body.errcode, lab.sfu.created]).toEqual([400, "M_BAD_JSON", []]);
  });

  it.each([
    ["forged", async () => webhook("participant_left", { secret: "another secret of thirty-two byte" }), 401],
    ["altered", async () => new Request(await webhook("participant_left"), { body: "{}", method: "POST" }), 401],
  ])("is not touched by a %s webhook", async (_name, hostile, status) => {
    const target = lab.open();
    await lab.ask("/delegate_delayed_leave", delegation, target);
    await target.fetch(await webhook("participant_joined"), "");

    const answer = await target.fetch(await hostile(), "");
    await settlePromises();

    expect([answer.status, lab.events.actionsOf("d1")]).toEqual([status, ["restart"]]);
  });

  it("is not touched by a webhook of an earlier stay that is sent again", async () => {
    const target = lab.open();
    const leaving = await webhook("participant_left");
    await target.fetch(leaving.clone(), "");
    await lab.ask("/delegate_delayed_leave", delegation, target);
    await target.fetch(await webhook("participant_joined"), "");

    const answer = await target.fetch(leaving, "");
    await settlePromises();

    expect([answer.status, lab.events.actionsOf("d1")]).toEqual([200, ["restart"]]);
  });
});

describe("what an operator sees", () => {
  it("names in one sentence that no webhook ever comes", async () => {
    const target = lab.open();
    await lab.ask("/get_token", memberBody, target);
    await lab.clock.advance(20_000);

    expect(lab.lines.at(-1)).toMatchObject({ message: "self-check", check: "webhook_missing" });
    expect(String(lab.lines.at(-1)?.["sentence"])).toMatch(/webhook\.urls.*\.$/);
  });

  it("counts clients that asked and never joined, and forgets those who did", async () => {
    const target = lab.open();
    await lab.ask("/get_token", memberBody, target);
    await lab.ask("/sfu/get", deviceBody, target);
    await target.fetch(await webhook("participant_joined"), "");
    await lab.clock.advance(600_000);

    expect(target.metrics()).toContain("conclave_jwt_never_joined_total 1");
  });

  it.each([
    ["sfu_unreachable", () => (lab.sfu.fault = new Error("no answer"))],
    ["secret_refused", () => (lab.sfu.fault = new SfuCallFailed(401, "unauthenticated", 0))],
    ["clock_off", () => (lab.sfu.fault = new SfuCallFailed(401, "unauthenticated", 600_000))],
    ["auto_create_on", () => (lab.sfu.isAutoCreating = true)],
  ])("finds the mistake %s", async (check, make) => {
    make();
    const target = lab.open();

    const findings = await target.selfCheck();

    expect(findings.map((finding) => finding.check)).toEqual([check]);
    expect(findings[0]?.sentence).toMatch(/^[A-Z].*\.$/);
    expect(target.metrics()).toContain(`conclave_jwt_self_check{check="${check}"} 0`);
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import type { Answer } from "./testing/FakeHomeserver.ts";
import type { Person } from "./testing/Person.ts";
import { JOBS, Rig } from "./testing/Rig.ts";
import { isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { postWebhook } from "./testing/webhook.ts";

const ROUTE = "/get_token";
const DELAY_MS = 60_000;
const SOON = { timeout: 60_000, interval: 15 } as const;

let rig: Rig;
let service: ServiceProcess;
/** Finds the client-server API by `.well-known`. */
let discovering: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  const redis = { LIVEKIT_REDIS_URL: rig.redis.url };
  const overrides = ["elsewhere.example=http://127.0.0.1:1", `${rig.home.serverName}=${rig.home.clientUrl}`].join(",");
  [service, discovering] = await Promise.all([
    rig.start({ ...redis, LIVEKIT_CS_API_URL_OVERRIDES: overrides }),
    rig.start(redis),
  ]);
});

afterAll(() => rig.close());

async function delegate(person: Person, delayTimeoutMs = DELAY_MS, to = service): Promise<void> {
  const answer = await to.post(ROUTE, person.bodyFor(ROUTE, person.delay(delayTimeoutMs)));
  expect(answer.status, answer.text).toBe(200);
}

async function tell(person: Person, event: string, to = service): Promise<void> {
  await postWebhook(to, { event, room: person.sfuRoom, identity: person.sfuIdentity(ROUTE) });
}

async function connect(person: Person, delayTimeoutMs = DELAY_MS, to = service): Promise<void> {
  await delegate(person, delayTimeoutMs, to);
  await tell(person, "participant_joined", to);
}

async function expectActions(person: Person, actions: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(rig.home.actionsOf(person.delayId)).toEqual(actions), SOON);
}

async function expectEnded(person: Person): Promise<void> {
  await vi.waitFor(() => expect(rig.redis.hash(JOBS).has(person.jobField(ROUTE))).toBe(false), SOON);
}

/** Bad answers first, then good ones. */
function failFirst(person: Person, ...bad: readonly Answer[]): void {
  rig.home.answerCalls(person.delayId, (_, earlier) => bad[earlier] ?? { status: 200, body: {} });
}

function gapsMs(person: Person): readonly number[] {
  const times = rig.home.callsOf(person.delayId).map(({ atMs }) => atMs);
  return times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
}

describe("a call about a delayed event", () => {
  it("is a POST of `{}` in JSON without authorisation", async () => {
    const person = rig.person();

    await connect(person);
    await expectActions(person, ["restart"]);

    const [call] = rig.home.callsOf(person.delayId);
    expect([call?.method, JSON.parse(call?.body ?? "")]).toEqual(["POST", {}]);
    expect(call?.headers["content-type"]).toMatch(/^application\/json/);
    expect(call?.headers).not.toHaveProperty("authorization");
  });

  // lk-jwt-service lets these three out of their segment, against its own rule (section 7).
  const escaping = isOther ? [] : ["../../../v3/logout", "a/b", "%2e%2e"];

  it.each([...escaping, "a?b=c", "a#b", "a b", "é"])(
    "has the delay id «%s» as one segment of its path",
    async (delayId) => {
      const person = rig.person();
      const unique = `${delayId}-${person.memberId}`;
      await service.post(ROUTE, person.bodyFor(ROUTE, person.delay(DELAY_MS, unique)));

      await tell(person, "participant_joined");

      await vi.waitFor(() => expect(rig.home.actionsOf(unique)).toEqual(["restart"]), SOON);
    },
  );

  // No URL can hold these two as a segment.
  it.skipIf(isOther).each([".", ".."])("cannot be asked for with the delay id «%s»", async (delayId) => {
    const person = rig.person();

    const answer = await service.post(ROUTE, person.bodyFor(ROUTE, person.delay(DELAY_MS, delayId)));

    expect([answer.status, answer.json?.["errcode"]]).toEqual([400, "M_BAD_JSON"]);
    expect(rig.redis.hash(JOBS).has(person.jobField(ROUTE))).toBe(false);
  });

  it("goes where the override says, else where `.well-known` says", async () => {
    const [overridden, discovered] = [rig.person(), rig.person()];

    await connect(overridden);
    await connect(discovered, DELAY_MS, discovering);

    await expectActions(overridden, ["restart"]);
    await expectActions(discovered, ["restart"]);
  });
});

describe("a call that failed", () => {
  it.each([
    ["a fault of the homeserver", { status: 500 }],
    ["a proxy without a homeserver", { status: 502, body: "<html>" }],
    ["a refusal", { status: 403, body: { errcode: "M_FORBIDDEN" } }],
  ])("is tried again after %s", async (_, bad) => {
    const person = rig.person();
    failFirst(person, bad, bad);

    await connect(person);
    await expectActions(person, ["restart", "restart", "restart"]);
    await tell(person, "participant_left");

    await expectActions(person, ["restart", "restart", "restart", "send"]);
  });

  it("waits as long as `Retry-After` says", async () => {
    const person = rig.person();
    failFirst(person, { status: 429, headers: { "retry-after": "2" }, body: { errcode: "M_LIMIT_EXCEEDED" } });

    await connect(person);
    await expectActions(person, ["restart", "restart"]);

    expect(gapsMs(person)[0]).toBeGreaterThanOrEqual(1900);
  });

  it("waits as long as `retry_after_ms` says, rounded up to seconds", async () => {
    const person = rig.person();
    failFirst(person, { status: 429, body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1200 } });

    await connect(person);
    await expectActions(person, ["restart", "restart"]);

    expect(gapsMs(person)[0]).toBeGreaterThanOrEqual(1900);
  });

  it("waits as long as a date in `Retry-After` says", async () => {
    const person = rig.person();
    const retryAt = new Date(Date.now() + 3000).toUTCString();
    failFirst(person, { status: 429, headers: { "retry-after": retryAt } });

    await connect(person);
    await expectActions(person, ["restart", "restart"]);

    // Whole seconds, as the header has them.
    expect(rig.home.callsOf(person.delayId)[1]?.atMs).toBeGreaterThanOrEqual(Date.parse(retryAt) - 1000);
  });

  it("waits a little after a 429 that says nothing", async () => {
    const person = rig.person();
    failFirst(person, { status: 429 });

    await connect(person);
    await expectActions(person, ["restart", "restart"]);

    expect(gapsMs(person)[0]).toBeGreaterThanOrEqual(450);
  });

  it("to send is tried again", async () => {
    const person = rig.person();
    rig.home.answerCalls(person.delayId, (_, earlier) => ({ status: earlier === 1 ? 503 : 200 }));
    await connect(person);
    await expectActions(person, ["restart"]);

    await tell(person, "participant_left");

    await expectActions(person, ["restart", "send", "send"]);
    await expectEnded(person);
  });

  it("to restart until the event has fired ends the job, and nothing is sent", async () => {
    const person = rig.person();
    rig.home.answerCalls(person.delayId, () => ({ status: 500 }));

    await connect(person, 2000);

    await expectEnded(person);
    const actions = rig.home.actionsOf(person.delayId);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions).not.toContain("send");
  });

  it("to send until the event has fired ends the job", async () => {
    const person = rig.person();
    rig.home.answerCalls(person.delayId, ({ action }) => ({ status: action === "send" ? 500 : 200 }));
    await connect(person, 2500);
    await expectActions(person, ["restart"]);

    await tell(person, "participant_left");

    await expectEnded(person);
    expect(rig.home.actionsOf(person.delayId)).toContain("send");
  });
});

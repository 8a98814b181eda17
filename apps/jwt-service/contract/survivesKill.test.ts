import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from "vitest";

import { gate } from "./testing/gate.ts";
import type { Person } from "./testing/Person.ts";
import { obtainRedis, type RedisProgram } from "./testing/obtainRedis.ts";
import { RealRedis } from "./testing/RealRedis.ts";
import { JOBS, Rig } from "./testing/Rig.ts";
import { type Environment, isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { postWebhook } from "./testing/webhook.ts";

/** Makes no room: one call less that a busy machine could be late with. */
const ROUTE = "/delegate_delayed_leave";
const JOB_COUNT = 50;
const AT_ONCE = 4;
/** Long enough that no timer ends within the test, however busy the machine is. */
const DELAY_MS = 300_000;
/** Of the one job that its waiting timer ends. */
const SHORT_DELAY_MS = 20_000;
const SOON = { timeout: 90_000, interval: 15 } as const;

/** A built lk-jwt-service, for the test that the two take over each other's jobs. */
const reference = process.env["LK_JWT_SERVICE"];

let rig: Rig;
let program: RedisProgram | string;
const stores: RealRedis[] = [];

beforeAll(async () => {
  [rig, program] = await Promise.all([Rig.open(), obtainRedis()]);
}, 240_000);

afterAll(async () => {
  await rig.close();
  await Promise.all(stores.map((store) => store.close()));
});

async function openStore(context: TestContext): Promise<RealRedis> {
  if (typeof program === "string") {
    process.stderr.write(`\nSKIPPED: ${program}\n`);
    return context.skip(program);
  }
  const store = await RealRedis.start(program);
  stores.push(store);
  return store;
}

function settings(store: RealRedis): Environment {
  return {
    LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
    LIVEKIT_REDIS_URL: store.url,
    LIVEKIT_LOG_LEVEL: "warn",
  };
}

async function delegate(service: ServiceProcess, person: Person, delayTimeoutMs = DELAY_MS): Promise<void> {
  const answer = await service.post(ROUTE, person.bodyFor(ROUTE, person.delay(delayTimeoutMs)));
  expect(answer.status, `${answer.text} ${answer.headers.get("conclave-cause")}`).toBe(200);
}

async function tell(service: ServiceProcess, person: Person, event: string): Promise<void> {
  // The service may be killed while it is told.
  await postWebhook(service, { event, room: person.sfuRoom, identity: person.sfuIdentity(ROUTE) }).catch(() => {});
}

const sends = (person: Person): number =>
  rig.home.actionsOf(person.delayId).filter((action) => action === "send").length;

/** As a homeserver does: an event can be sent once, and is not found afterwards. */
function fireOnce(person: Person): void {
  rig.home.answerCalls(person.delayId, (_, earlier) => {
    const isSent = rig.home.actionsOf(person.delayId).slice(0, earlier).includes("send");
    return { status: isSent ? 404 : 200, body: {} };
  });
}

/** Looks as often as it can: what is waited for lasts milliseconds. */
async function onceTrue(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

function isConnected(person: Person): boolean {
  return rig.home.actionsOf(person.delayId).includes("restart");
}

async function connectAll(service: ServiceProcess, people: readonly Person[]): Promise<void> {
  const few = gate(AT_ONCE);
  await Promise.all(
    people.map((person) =>
      few(async () => {
        await delegate(service, person);
        await tell(service, person, "participant_joined");
      }),
    ),
  );
  await vi.waitFor(() => expect(people.filter((person) => !isConnected(person))).toEqual([]), SOON);
}

describe("SIGKILL in the middle of fifty delegated leaves", () => {
  it.for([1, 25])(
    "after %i were sent loses none of them and harms none: the others are pending, and sent in time",
    { timeout: 240_000 },
    async (sentBefore, context) => {
      const store = await openStore(context);
      const service = await rig.start(settings(store));
      const people = Array.from({ length: JOB_COUNT }, () => rig.person());
      people.forEach(fireOnce);
      await connectAll(service, people);

      for (const person of people) void tell(service, person, "participant_left");
      await onceTrue(() => people.filter((person) => sends(person) > 0).length >= sentBefore);
      await service.kill();
      const sentAtKill = people.filter((person) => sends(person) > 0).length;
      await service.restart();

      const pending = new Set(await store.fieldsOf(JOBS));
      const isPending = (person: Person): boolean => pending.has(person.jobField(ROUTE));
      const lost = people.filter((person) => sends(person) === 0 && !isPending(person));
      expect(lost).toEqual([]);
      // What is pending is alive: it goes on as if nothing had happened.
      for (const event of ["participant_joined", "participant_left"]) {
        await Promise.all(people.filter(isPending).map((person) => tell(service, person, event)));
      }
      await vi.waitFor(() => expect(people.filter((person) => sends(person) === 0)).toEqual([]), SOON);
      await vi.waitFor(async () => expect(await store.fieldsOf(JOBS)).toEqual([]), SOON);
      // A second request is for an event that the homeserver no longer has.
      expect(people.filter((person) => sends(person) > 2)).toEqual([]);
      const twice = people.filter((person) => sends(person) > 1).length;
      console.log(
        `killed after ${sentAtKill} of ${JOB_COUNT}: ${pending.size} pending after the restart, 0 lost, all sent, ${twice} asked for twice (answered 404)`,
      );
    },
  );
});

describe.skipIf(isOther)("jobs in the store are taken over", () => {
  const OURS = "ours";
  const THEIRS = "lk-jwt-service";

  it.for([
    [THEIRS, OURS],
    [OURS, THEIRS],
  ])("from %s by %s", { timeout: 240_000 }, async ([from, to], context) => {
    if (reference === undefined) {
      const why = "LK_JWT_SERVICE does not name a built lk-jwt-service, which no registry has";
      process.stderr.write(`\nSKIPPED: ${why}\n`);
      context.skip(why);
    }
    const store = await openStore(context);
    const programOf = (name: string): string | undefined => (name === OURS ? undefined : reference);
    const first = await rig.start(settings(store), { program: programOf(from ?? "") });
    const [stays, leaves, never] = [rig.person(), rig.person(), rig.person()];
    for (const person of [stays, leaves, never]) fireOnce(person);
    await connectAll(first, [stays, leaves]);
    await delegate(first, never, SHORT_DELAY_MS);
    await first.kill();
    for (const person of [stays, leaves]) rig.sfu.setPresent(person.sfuRoom, person.sfuIdentity(ROUTE), true);

    const second = await rig.start(settings(store), { program: programOf(to ?? "") });

    const actionsOf = (person: Person): readonly string[] => rig.home.actionsOf(person.delayId);
    await vi.waitFor(() => {
      for (const person of [stays, leaves]) expect(actionsOf(person)).toEqual(["restart", "restart"]);
    }, SOON);
    await tell(second, leaves, "participant_left");
    await vi.waitFor(() => expect(actionsOf(leaves)).toEqual(["restart", "restart", "send"]), SOON);
    await vi.waitFor(() => expect(actionsOf(never)).toEqual(["send"]), SOON);
    await vi.waitFor(async () => expect(await store.fieldsOf(JOBS)).toEqual([stays.jobField(ROUTE)]), SOON);
    expect(actionsOf(stays)).not.toContain("send");
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { FakeRedis } from "./testing/FakeRedis.ts";
import { freePort } from "./testing/listening.ts";
import type { Person } from "./testing/Person.ts";
import { JOBS, Rig } from "./testing/Rig.ts";
import type { ServiceProcess } from "./testing/ServiceProcess.ts";
import { postWebhook } from "./testing/webhook.ts";

const ROUTE = "/get_token";
const DELAY_MS = 60_000;
const NS_PER_MS = 1_000_000;
const SOON = { timeout: 60_000, interval: 15 } as const;

let rig: Rig;
const stores: FakeRedis[] = [];

beforeAll(async () => {
  rig = await Rig.open();
});

afterAll(async () => {
  await rig.close();
  await Promise.all(stores.map((store) => store.close()));
});

async function openStore(): Promise<FakeRedis> {
  const store = await FakeRedis.start();
  stores.push(store);
  return store;
}

function startOn(store: FakeRedis): Promise<ServiceProcess> {
  return rig.start({
    LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
    LIVEKIT_REDIS_URL: store.url,
  });
}

async function delegate(service: ServiceProcess, person: Person, delayTimeoutMs = DELAY_MS): Promise<void> {
  const answer = await service.post(ROUTE, person.bodyFor(ROUTE, person.delay(delayTimeoutMs)));
  expect(answer.status, answer.text).toBe(200);
}

async function tell(service: ServiceProcess, person: Person, event: string, reason?: string): Promise<void> {
  const identity = person.sfuIdentity(ROUTE);
  await postWebhook(service, { event, room: person.sfuRoom, identity, ...(reason ? { reason } : {}) });
}

async function expectActions(person: Person, actions: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(rig.home.actionsOf(person.delayId)).toEqual(actions), SOON);
}

interface Stored {
  readonly Params: Readonly<Record<string, unknown>>;
  readonly RestartedAt: string;
}

function storedOf(store: FakeRedis, person: Person): Stored {
  return JSON.parse(store.hash(JOBS).get(person.jobField(ROUTE)) ?? "null") as Stored;
}

/** A job as lk-jwt-service writes it. */
function entryOf(person: Person, restartedAtMs: number, delayTimeoutMs = DELAY_MS): string {
  const Params = {
    DelayId: person.delayId,
    DelayTimeout: delayTimeoutMs * NS_PER_MS,
    ServerName: person.homeserver.serverName,
    LiveKitRoom: person.sfuRoom,
    LiveKitIdentity: person.sfuIdentity(ROUTE),
  };
  return JSON.stringify({ Params, RestartedAt: new Date(restartedAtMs).toISOString() });
}

describe("a stored job", () => {
  let store: FakeRedis;
  let service: ServiceProcess;

  beforeAll(async () => {
    store = await openStore();
    service = await startOn(store);
  });

  it("has lk-jwt-service's form", async () => {
    const person = rig.person();
    const beforeMs = Date.now();

    await delegate(service, person);

    const { Params, RestartedAt } = storedOf(store, person);
    expect(Params).toEqual({
      DelayId: person.delayId,
      DelayTimeout: DELAY_MS * NS_PER_MS,
      ServerName: person.homeserver.serverName,
      LiveKitRoom: person.sfuRoom,
      LiveKitIdentity: person.sfuIdentity(ROUTE),
    });
    expect(RestartedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
    expect(Date.parse(RestartedAt)).toBeGreaterThanOrEqual(beforeMs - 1000);
    expect(Date.parse(RestartedAt)).toBeLessThanOrEqual(Date.now());
  });

  it("is written anew after each restart", async () => {
    const person = rig.person();
    rig.sfu.setPresent(person.sfuRoom, person.sfuIdentity(ROUTE), true);
    await delegate(service, person, 3000);
    const first = storedOf(store, person).RestartedAt;

    await vi.waitFor(() => expect(rig.home.actionsOf(person.delayId).length).toBeGreaterThanOrEqual(2), SOON);

    const calledAtMs = rig.home.callsOf(person.delayId)[1]?.atMs ?? 0;
    await vi.waitFor(
      () => expect(Date.parse(storedOf(store, person).RestartedAt)).toBeGreaterThanOrEqual(calledAtMs - 50),
      SOON,
    );
    expect(storedOf(store, person).RestartedAt).not.toBe(first);
  });

  it("has a field that is escaped as Go does it", async () => {
    const person = rig.person();
    const device_id = "A<&>B";

    await service.post("/sfu/get", person.bodyFor("/sfu/get", { ...person.delay(), device_id }));

    expect([...store.hash(JOBS).keys()]).toContain(`["${person.sfuRoom}","${person.userId}:A\\u003c\\u0026\\u003eB"]`);
  });

  it("is removed after its end, and needs PING, HSET, HDEL and HGETALL only", async () => {
    const person = rig.person();
    await delegate(service, person);

    await tell(service, person, "participant_connection_aborted", "JOIN_FAILURE");

    await vi.waitFor(() => expect(store.hash(JOBS).has(person.jobField(ROUTE))).toBe(false), SOON);
    const greetings = new Set(["HELLO", "CLIENT", "SELECT", "INFO", "AUTH"]);
    const rest = [...new Set(store.commands)].filter((command) => !greetings.has(command));
    expect(rest.filter((command) => !["PING", "HSET", "HDEL", "HGETALL"].includes(command))).toEqual([]);
    expect(rest).toEqual(expect.arrayContaining(["HSET", "HDEL", "HGETALL"]));
  });
});

describe("a start with jobs in the store", () => {
  const NONSENSE = [
    "nonsense",
    "{}",
    "null",
    "[]",
    '{"Params":{"DelayId":1,"DelayTimeout":"x"},"RestartedAt":7}',
    '{"Params":null,"RestartedAt":"2026-01-01T00:00:00Z"}',
  ];
  let store: FakeRedis;
  let service: ServiceProcess;
  let handedOver: Person;
  let present: Person;
  let gone: Person;
  let expired: Person;
  let precise: Person;

  beforeAll(async () => {
    store = await openStore();
    const before = await startOn(store);
    [handedOver, present, gone, expired, precise] = [
      rig.person(),
      rig.person(),
      rig.person(),
      rig.person(),
      rig.person(),
    ];
    await delegate(before, handedOver);
    await before.kill();
    const jobs = store.hash(JOBS);
    jobs.set(present.jobField(ROUTE), entryOf(present, Date.now()));
    rig.sfu.setPresent(present.sfuRoom, present.sfuIdentity(ROUTE), true);
    // Not over however long a start lasts; the waiting timer is the delay alone.
    jobs.set(gone.jobField(ROUTE), entryOf(gone, Date.now() + DELAY_MS, 1500));
    jobs.set(expired.jobField(ROUTE), entryOf(expired, Date.now() - DELAY_MS - 1000));
    const iso = new Date(Date.now() + 2 * 3_600_000).toISOString().replace(/\.(\d{3})Z$/, ".$1456789+02:00");
    const entry = JSON.parse(entryOf(precise, 0)) as Stored;
    jobs.set(precise.jobField(ROUTE), JSON.stringify({ ...entry, RestartedAt: iso }));
    NONSENSE.forEach((text, index) => jobs.set(`["room","identity-${index}"]`, text));
    jobs.set("no field of ours", "nonsense");
    await before.restart();
    service = before;
  });

  it("takes them up: webhooks work as before", async () => {
    await tell(service, handedOver, "participant_joined");
    await expectActions(handedOver, ["restart"]);
    expect(store.hash(JOBS).has(handedOver.jobField(ROUTE))).toBe(true);
    await tell(service, handedOver, "participant_left");

    await expectActions(handedOver, ["restart", "send"]);
    await vi.waitFor(() => expect(store.hash(JOBS).has(handedOver.jobField(ROUTE))).toBe(false), SOON);
  });

  it("finds participants who are there without a webhook", async () => {
    await expectActions(present, ["restart"]);
  });

  it("sends what was handed over where the participant never came back", async () => {
    await expectActions(gone, ["send"]);
    await vi.waitFor(() => expect(store.hash(JOBS).has(gone.jobField(ROUTE))).toBe(false), SOON);
  });

  it("deletes those whose event has fired meanwhile, without a call to the homeserver", async () => {
    expect(store.hash(JOBS).has(expired.jobField(ROUTE))).toBe(false);
    await tell(service, expired, "participant_joined");

    expect(rig.home.callsOf(expired.delayId)).toEqual([]);
  });

  it("reads instants with nanoseconds and an offset, and skips what nobody can read", async () => {
    await tell(service, precise, "participant_joined");

    await expectActions(precise, ["restart"]);
  });
});

describe("a store that fails", () => {
  it("at the start ends the program with a message", async () => {
    const environment = rig.environment({ LIVEKIT_REDIS_URL: `redis://127.0.0.1:${await freePort()}/0` });

    const [status, service] = await rig.run(environment);

    expect(status).not.toBe(0);
    expect(service.log).toMatch(/redis/i);
  });

  it("later does not make requests fail, nor jobs", async () => {
    const [store, person] = [await openStore(), rig.person()];
    const service = await startOn(store);
    store.isFailing = true;

    await delegate(service, person);
    await tell(service, person, "participant_joined");
    await expectActions(person, ["restart"]);
    await tell(service, person, "participant_left");

    await expectActions(person, ["restart", "send"]);
  });

  it("is not needed: without one, jobs are kept in memory", async () => {
    const person = rig.person();
    const service = await rig.start({
      LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
    });
    await delegate(service, person);

    await tell(service, person, "participant_joined");
    await expectActions(person, ["restart"]);
    await tell(service, person, "participant_left");

    await expectActions(person, ["restart", "send"]);
  });
});

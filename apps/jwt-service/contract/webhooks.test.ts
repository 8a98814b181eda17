import { createHash } from "node:crypto";

import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import type { Person } from "./testing/Person.ts";
import { JOBS, Rig } from "./testing/Rig.ts";
import { isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { KEY, postWebhook, SECRET, signWebhook, webhookBody, type WebhookParts } from "./testing/webhook.ts";

const ROUTE = "/get_token";
const DELAY_MS = 60_000;
const SOON = { timeout: 60_000, interval: 15 } as const;

let rig: Rig;
let service: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  service = await rig.start({
    LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}`,
    LIVEKIT_REDIS_URL: rig.redis.url,
  });
});

afterAll(() => rig.close());

async function delegate(): Promise<Person> {
  const person = rig.person();
  const answer = await service.post(ROUTE, person.bodyFor(ROUTE, person.delay(DELAY_MS)));
  expect(answer.status, answer.text).toBe(200);
  return person;
}

const eventOf = (person: Person, event: string, reason?: string | number) => ({
  event,
  room: person.sfuRoom,
  identity: person.sfuIdentity(ROUTE),
  ...(reason === undefined ? {} : { reason }),
});

async function expectActions(person: Person, actions: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(rig.home.actionsOf(person.delayId)).toEqual(actions), SOON);
}

async function expectEnded(person: Person, actions: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(rig.redis.hash(JOBS).has(person.jobField(ROUTE))).toBe(false), SOON);
  expect(rig.home.actionsOf(person.delayId)).toEqual(actions);
}

/** The job is still waiting: a good `participant_connection_aborted` ends it without a call, which a connected one would not. */
async function expectUntouched(person: Person): Promise<void> {
  await postWebhook(service, eventOf(person, "participant_connection_aborted", "JOIN_FAILURE"));
  await expectEnded(person, []);
}

describe("a webhook of LiveKit", () => {
  it("is answered with 200 and no body, without CORS headers", async () => {
    const person = rig.person();

    const answer = await postWebhook(service, eventOf(person, "participant_joined"));

    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  it.each(["application/webhook+json", "application/json"])("is read as %s", async (contentType) => {
    const person = await delegate();

    await postWebhook(service, eventOf(person, "participant_joined"), { contentType });

    await expectActions(person, ["restart"]);
  });

  it.each(["room_started", "room_finished", "track_published", "track_unpublished", "egress_started", "new_event"])(
    "about %s changes nothing",
    async (event) => {
      const person = await delegate();

      const { status } = await postWebhook(service, eventOf(person, event));

      expect(status).toBe(200);
      await expectUntouched(person);
    },
  );

  it("about an unknown room or participant changes nothing", async () => {
    const person = await delegate();

    await postWebhook(service, { ...eventOf(person, "participant_joined"), room: "elsewhere" });
    await postWebhook(service, { ...eventOf(person, "participant_joined"), identity: "somebody" });

    await expectUntouched(person);
  });

  it("may hold fields that nobody knows yet", async () => {
    const person = await delegate();
    const known = JSON.parse(webhookBody(eventOf(person, "participant_joined"))) as object;

    await postWebhook(service, JSON.stringify({ ...known, surprise: { deep: [1] } }));

    await expectActions(person, ["restart"]);
  });

  it.each<[string, string | number]>([
    ["its name", "CLIENT_INITIATED"],
    ["its number", 1],
  ])("says by %s that the client itself left, which is no reason to forget the job", async (_, reason) => {
    const person = await delegate();

    await postWebhook(service, eventOf(person, "participant_left", reason));
    await postWebhook(service, eventOf(person, "participant_joined"));

    // Forgotten, nothing would be restarted. Ours may send at once instead (section 12).
    await vi.waitFor(() => expect(rig.home.actionsOf(person.delayId)).not.toEqual([]), SOON);
  });

  it.each<[string, string | number | undefined]>([
    ["JOIN_FAILURE", "JOIN_FAILURE"],
    ["number 7", 7],
    ["none", undefined],
  ])("with the reason %s forgets a job that waits", async (_, reason) => {
    const person = await delegate();

    await postWebhook(service, eventOf(person, "participant_left", reason));

    await expectEnded(person, []);
  });

  it("may have names in snake_case", async () => {
    const person = await delegate();
    const participant = { identity: person.sfuIdentity(ROUTE), disconnect_reason: "JOIN_FAILURE" };
    const body = { event: "participant_connection_aborted", room: { name: person.sfuRoom }, participant };

    await postWebhook(service, JSON.stringify(body));

    await expectEnded(person, []);
  });

  it("is taken with a clock that is off by less than a minute", async () => {
    const person = await delegate();

    await postWebhook(service, eventOf(person, "participant_joined"), { expiresIn: -20 });

    await expectActions(person, ["restart"]);
  });
});

const FORGED: readonly (readonly [string, WebhookParts])[] = [
  ["another secret", { secret: "another-secret-another-secret-32" }],
  ["another key", { key: "otherkey" }],
  ["the hash of another body", { sha256: createHash("sha256").update("other").digest("base64") }],
  ["an unpadded hash", { sha256: createHash("sha256").update("").digest("base64").replace("=", "") }],
  ["no hash", { sha256: "" }],
  ["a hash in hex", { sha256: createHash("sha256").update("").digest("hex") }],
  ["HS512", { algorithm: "HS512" }],
  ["HS384", { algorithm: "HS384" }],
  ["an expiry two minutes ago", { expiresIn: -120 }],
  ["a beginning in two minutes", { notBefore: 120 }],
];

function expectRefused(status: number): void {
  // lk-jwt-service says 200 to everything; section 12 advises 401.
  expect(status).toBe(isOther ? 200 : 401);
}

describe("a webhook that LiveKit did not send is ignored (T15)", () => {
  it.each(FORGED)("with %s", async (_, parts) => {
    const person = await delegate();

    const { status } = await postWebhook(service, eventOf(person, "participant_joined"), parts);

    expectRefused(status);
    await expectUntouched(person);
  });

  it.each<[string, (token: string) => string | undefined]>([
    ["no token", () => undefined],
    ["an empty token", () => ""],
    ["half a token", (token) => token.slice(0, token.length / 2)],
    ["a token without signature", (token) => token.split(".").slice(0, 2).join(".") + "."],
    ["a changed signature", (token) => token.slice(0, -4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA")],
    ["a token of four parts", (token) => `${token}.x`],
    ["a text", () => "letmein"],
    ["basic credentials", () => `Basic ${Buffer.from(`${KEY}:${SECRET}`).toString("base64")}`],
  ])("with %s", async (_, spoil) => {
    const person = await delegate();
    const body = webhookBody(eventOf(person, "participant_joined"));
    const authorization = spoil(await signWebhook(body));

    const { status } = await service.request("/sfu_webhook", {
      method: "POST",
      body,
      headers: authorization === undefined ? {} : { authorization },
    });

    expectRefused(status);
    await expectUntouched(person);
  });

  it("with `alg` none", async () => {
    const person = await delegate();
    const body = webhookBody(eventOf(person, "participant_joined"));
    const [, payload] = (await signWebhook(body)).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");

    const { status } = await service.request("/sfu_webhook", {
      method: "POST",
      body,
      headers: { authorization: `${header}.${payload}.` },
    });

    expectRefused(status);
    await expectUntouched(person);
  });

  it("with a token that is made for joining", async () => {
    const person = await delegate();
    const grant = new SignJWT({ video: { roomJoin: true, room: person.sfuRoom } }).setProtectedHeader({ alg: "HS256" });
    const authorization = await grant.setIssuer(KEY).setExpirationTime("5m").sign(new TextEncoder().encode(SECRET));

    const { status } = await service.request("/sfu_webhook", {
      method: "POST",
      body: webhookBody(eventOf(person, "participant_joined")),
      headers: { authorization },
    });

    expectRefused(status);
    await expectUntouched(person);
  });

  it("with a body that was changed on its way", async () => {
    const person = await delegate();
    const body = webhookBody(eventOf(person, "participant_joined"));

    const { status } = await service.request("/sfu_webhook", {
      method: "POST",
      body: `${body} `,
      headers: { authorization: await signWebhook(body) },
    });

    expectRefused(status);
    await expectUntouched(person);
  });

  it.each(["{", "", "[]", "null", '{"event":7}', '{"event":"participant_joined","room":"x","participant":1}'])(
    "with the body «%s», though it is signed",
    async (body) => {
      const { status } = await postWebhook(service, body);

      expect([200, 400, 401]).toContain(status);
      expect((await service.request("/healthz")).status).toBe(200);
    },
  );

  it.skipIf(isOther)("when it comes a second time", async () => {
    const person = await delegate();
    const body = webhookBody(eventOf(person, "participant_joined"));
    const request = { method: "POST", body, headers: { authorization: await signWebhook(body) } };
    await service.request("/sfu_webhook", request);
    await expectActions(person, ["restart"]);
    const later = `${person.delayId}-later`;
    await service.post(ROUTE, person.bodyFor(ROUTE, person.delay(DELAY_MS, later)));

    const { status } = await service.request("/sfu_webhook", request);

    // The new job waits: the old announcement did not connect it.
    expect(status).toBe(200);
    await postWebhook(service, eventOf(person, "participant_connection_aborted", "JOIN_FAILURE"));
    await vi.waitFor(() => expect(rig.redis.hash(JOBS).has(person.jobField(ROUTE))).toBe(false), SOON);
    expect(rig.home.actionsOf(later)).toEqual([]);
  });
});

describe("/sfu_webhook", () => {
  it.each(["GET", "PUT", "OPTIONS"])("survives %s without a token", async (method) => {
    const { status } = await service.request("/sfu_webhook", { method });

    expect(isOther ? [200] : [200, 401, 405]).toContain(status);
  });
});

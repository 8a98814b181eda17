import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Person, ROUTES, type Route, TOKEN_ROUTES } from "./testing/Person.ts";
import { Rig } from "./testing/Rig.ts";
import type { Answered, ServiceProcess } from "./testing/ServiceProcess.ts";

let rig: Rig;
let service: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  service = await rig.start({ LIVEKIT_CS_API_URL_OVERRIDES: `${rig.home.serverName}=${rig.home.clientUrl}` });
});

afterAll(() => rig.close());

type Fields = Readonly<Record<string, unknown>>;

function expectRefused(person: Person, answer: Answered, errcode: string): void {
  expect([answer.status, answer.json?.["errcode"]]).toEqual([400, errcode]);
  // A request that fails here causes nothing outside.
  expect(rig.home.lookUpsOf(person.token)).toEqual([]);
  expect(rig.home.callsOf(person.delayId)).toEqual([]);
  expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")).toEqual([]);
}

function without(body: Fields, path: string): Fields {
  const [first = "", second] = path.split(".");
  const { [first]: inner, ...rest } = body;
  return second === undefined ? rest : { ...rest, [first]: without(inner as Fields, second) };
}

function withValue(body: Fields, path: string, value: unknown): Fields {
  const [first = "", second] = path.split(".");
  return { ...body, [first]: second === undefined ? value : withValue((body[first] ?? {}) as Fields, second, value) };
}

const REQUIRED: Readonly<Record<Route, readonly string[]>> = {
  "/get_token": ["room_id", "slot_id", "member.id", "member.claimed_user_id", "member.claimed_device_id", "member"],
  "/sfu/get": ["room"],
  "/delegate_delayed_leave": ["room_id", "slot_id", "member.id", "member.claimed_user_id", "member.claimed_device_id"],
};
const OPEN_ID = ["openid_token", "openid_token.access_token", "openid_token.matrix_server_name"];

describe.each(ROUTES)("%s refuses as M_NOT_JSON", (route) => {
  it.each<[string, (good: Fields) => string]>([
    ["an empty body", () => ""],
    ["a body that is not JSON", () => "{room_id:1"],
    ["half of a body", (good) => JSON.stringify(good).slice(0, -1)],
    ["an array", (good) => JSON.stringify([good])],
    ["a text", () => '"text"'],
    ["a number", () => "7"],
    ["an unknown field", (good) => JSON.stringify({ ...good, surprise: 1 })],
    ["an unknown field of the OpenID token", (good) => JSON.stringify(withValue(good, "openid_token.surprise", 1))],
    ["a number for a text", (good) => JSON.stringify(withValue(good, "openid_token.access_token", 7))],
    ["a text for an object", (good) => JSON.stringify({ ...good, openid_token: "token" })],
    ["a fraction for `expires_in`", (good) => JSON.stringify(withValue(good, "openid_token.expires_in", 1.5))],
    ["a fraction for `delay_timeout`", (good) => JSON.stringify({ ...good, delay_id: "d", delay_timeout: 1.5 })],
    ["a text for `delay_timeout`", (good) => JSON.stringify({ ...good, delay_id: "d", delay_timeout: "1000" })],
  ])("%s", async (_, spoil) => {
    const person = rig.person();

    expectRefused(person, await service.post(route, spoil(person.bodyFor(route))), "M_NOT_JSON");
  });
});

describe.each(ROUTES)("%s refuses as M_BAD_JSON", (route) => {
  it.each([...REQUIRED[route], ...OPEN_ID])("a body without `%s`", async (path) => {
    const person = rig.person();

    expectRefused(person, await service.post(route, without(person.bodyFor(route), path)), "M_BAD_JSON");
  });

  it.each([...REQUIRED[route], ...OPEN_ID].filter((path) => path !== "member" && path !== "openid_token"))(
    "an empty `%s`",
    async (path) => {
      const person = rig.person();

      expectRefused(person, await service.post(route, withValue(person.bodyFor(route), path, "")), "M_BAD_JSON");
    },
  );

  it("null, which counts as absent", async () => {
    const person = rig.person();

    expectRefused(
      person,
      await service.post(route, withValue(person.bodyFor(route), "openid_token", null)),
      "M_BAD_JSON",
    );
  });

  it.each<[string, Fields]>([
    ["`delay_id` without `delay_timeout`", { delay_id: "d", delay_timeout: null }],
    ["`delay_timeout` without `delay_id`", { delay_id: null, delay_timeout: 1000 }],
    ["an empty `delay_id`", { delay_id: "", delay_timeout: 1000 }],
    ["a `delay_timeout` of 0", { delay_id: "d", delay_timeout: 0 }],
    ["a negative `delay_timeout`", { delay_id: "d", delay_timeout: -1 }],
  ])("%s", async (_, delay) => {
    const person = rig.person();

    expectRefused(person, await service.post(route, person.bodyFor(route, delay)), "M_BAD_JSON");
  });
});

describe("/delegate_delayed_leave refuses as M_BAD_JSON", () => {
  it("a body without delay parameters", async () => {
    const person = rig.person();
    const body = without(without(person.bodyFor("/delegate_delayed_leave"), "delay_id"), "delay_timeout");

    expectRefused(person, await service.post("/delegate_delayed_leave", body), "M_BAD_JSON");
  });
});

describe.each(TOKEN_ROUTES)("%s takes", (route) => {
  it.each<[string, Fields]>([
    ["a `delay_timeout` of 0 without `delay_id`, which counts as absent", { delay_timeout: 0 }],
    ["a negative `delay_timeout` without `delay_id`, which counts as absent", { delay_timeout: -5 }],
    ["`delay_cs_api_url` and ignores it", { delay_cs_api_url: "http://127.0.0.1:1" }],
    ["null for what is optional", { delay_id: null, delay_timeout: null, delay_cs_api_url: null }],
  ])("%s", async (_, more) => {
    const person = rig.person();

    const answer = await service.post(route, person.bodyFor(route, more));

    expect(answer.status).toBe(200);
    expect(rig.home.callsOf(person.delayId)).toEqual([]);
  });
});

describe.each(ROUTES)("%s takes", (route) => {
  it("an OpenID token without type and expiry", async () => {
    const person = rig.person();
    const { access_token, matrix_server_name } = person.openIdToken as Record<string, string>;

    const answer = await service.post(
      route,
      person.bodyFor(route, { openid_token: { access_token, matrix_server_name } }),
    );

    expect(answer.status).toBe(200);
  });

  it("field names in any case", async () => {
    const person = rig.person();
    const upper = (fields: Fields): Fields =>
      Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name.toUpperCase(),
          typeof value === "object" && value !== null ? upper(value as Fields) : value,
        ]),
      );

    expect((await service.post(route, upper(person.bodyFor(route)))).status).toBe(200);
  });

  it("text after the first JSON value, which is ignored", async () => {
    const person = rig.person();

    expect((await service.post(route, `${JSON.stringify(person.bodyFor(route))} {"more":1} ]`)).status).toBe(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Answer } from "./testing/FakeHomeserver.ts";
import { freePort } from "./testing/listening.ts";
import { type Person, ROUTES, type Route, TOKEN_ROUTES } from "./testing/Person.ts";
import { Rig } from "./testing/Rig.ts";
import { type Answered, isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";

let rig: Rig;
let service: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  rig.home.wellKnown = { status: 404 };
  service = await rig.start();
});

afterAll(() => rig.close());

const REFUSAL = { errcode: "M_UNAUTHORIZED", error: "The request could not be authorised." };

function expectUnauthorised(person: Person, { status, json }: Answered): void {
  expect([status, json]).toEqual([401, REFUSAL]);
  expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")).toEqual([]);
}

/** Asks with a token that the homeserver answers like this. */
async function askAnswered(route: Route, person: Person, answer: Answer): Promise<Answered> {
  const openid_token = { ...person.openIdToken, access_token: rig.home.tokenAnswering(answer) };
  return service.post(route, person.bodyFor(route, { openid_token }));
}

describe.each(ROUTES)("%s refuses with one text", (route) => {
  it("a token that the homeserver does not know", async () => {
    const person = rig.person();
    const openid_token = { ...person.openIdToken, access_token: "forged" };

    expectUnauthorised(person, await service.post(route, person.bodyFor(route, { openid_token })));
  });

  it.each<[string, (person: Person) => Answer]>([
    ["a user of another server", () => ({ status: 200, body: { sub: "@alice:elsewhere.example" } })],
    ["a user of a server with a longer name", ({ userId }) => ({ status: 200, body: { sub: `${userId}.example` } })],
    ["a text that is no user id", () => ({ status: 200, body: { sub: "alice" } })],
    ["no user", () => ({ status: 200, body: {} })],
    ["a user that is no text", () => ({ status: 200, body: { sub: 7 } })],
    ["a list of users", ({ userId }) => ({ status: 200, body: { sub: [userId] } })],
    ["null", () => ({ status: 200, body: { sub: null } })],
    [
      "a user of the server without its port",
      ({ userId }) => ({ status: 200, body: { sub: userId.replace(/:\d+$/, "") } }),
    ],
    ["a user with a space behind", ({ userId }) => ({ status: 200, body: { sub: `${userId} ` } })],
    ["a user with a NUL behind", ({ userId }) => ({ status: 200, body: { sub: `${userId}\u0000` } })],
    [
      "a user of a server before this one",
      ({ userId }) => ({ status: 200, body: { sub: `@alice:evil.example:${userId.replace(/^[^:]*:/, "")}` } }),
    ],
    ["no JSON", () => ({ status: 200, body: "<html>" })],
    ["an error with a user in it", ({ userId }) => ({ status: 403, body: { sub: userId } })],
    ["a redirect to nowhere", () => ({ status: 302, headers: { location: "http://127.0.0.1:1/" } })],
    ["a fault of its own", () => ({ status: 500, body: { errcode: "M_UNKNOWN" } })],
  ])("a token for which the homeserver gives %s", async (_, answerOf) => {
    const person = rig.person();

    expectUnauthorised(person, await askAnswered(route, person, answerOf(person)));
  });

  it("a token of a homeserver that is not there", async () => {
    const person = rig.person();
    const openid_token = { ...person.openIdToken, matrix_server_name: `127.0.0.1:${await freePort()}` };

    expectUnauthorised(person, await service.post(route, person.bodyFor(route, { openid_token })));
  });

  it("a token that is shown as another homeserver's", async () => {
    const person = rig.person();
    const openid_token = { ...person.openIdToken, matrix_server_name: rig.stranger.serverName };

    expectUnauthorised(person, await service.post(route, person.bodyFor(route, { openid_token })));
  });

  it.each(["", " ", "localhost/x", "a b", "127.0.0.1:99999", "user@127.0.0.1", "[::1", "http://127.0.0.1"])(
    "the server name «%s», or as a bad body",
    async (matrix_server_name) => {
      const person = rig.person();
      const openid_token = { ...person.openIdToken, matrix_server_name };

      const { status } = await service.post(route, person.bodyFor(route, { openid_token }));

      expect(status).toBe(matrix_server_name === "" ? 400 : 401);
      expect(rig.home.lookUpsOf(person.token)).toEqual([]);
    },
  );
});

describe.each(["/get_token", "/delegate_delayed_leave"] as const)("%s refuses with the same text", (route) => {
  it.each<[string, (person: Person) => string]>([
    ["another user", ({ homeserver }) => `@bob:${homeserver.serverName}`],
    ["the same user in capitals", ({ userId }) => userId.toUpperCase()],
    ["the same name on another server", ({ userId }) => userId.replace(/:.*/, ":elsewhere.example")],
    ["the same user with a NUL behind", ({ userId }) => `${userId}\u0000`],
    ["the same user with a space behind", ({ userId }) => `${userId} `],
    ["the same user in other letters", ({ userId }) => userId.replace("a", "а")],
    ["the same user without @", ({ userId }) => userId.slice(1)],
  ])("a claim to be %s", async (_, claimOf) => {
    const person = rig.person();
    const member = { ...person.member, claimed_user_id: claimOf(person) };

    expectUnauthorised(person, await service.post(route, person.bodyFor(route, { member })));
    expect(rig.home.lookUpsOf(person.token)).toHaveLength(1);
  });
});

describe("a restricted homeserver", () => {
  it.each(TOKEN_ROUTES)("cannot delegate through %s", async (route) => {
    const person = rig.person(rig.stranger);

    const answer = await service.post(route, person.bodyFor(route, person.delay()));

    expect([answer.status, answer.json?.["errcode"]]).toEqual([400, "M_BAD_JSON"]);
    expect(rig.stranger.callsOf(person.delayId)).toEqual([]);
  });

  it("cannot delegate through /delegate_delayed_leave", async () => {
    const person = rig.person(rig.stranger);

    const answer = await service.post("/delegate_delayed_leave", person.bodyFor("/delegate_delayed_leave"));

    expect([answer.status, answer.json?.["errcode"]]).toEqual([403, "M_FORBIDDEN"]);
    expect(rig.stranger.callsOf(person.delayId)).toEqual([]);
  });
});

describe("delegation where the client-server API is not to be found", () => {
  it.each(ROUTES)("is refused by %s before a room is made", async (route) => {
    const person = rig.person();

    const answer = await service.post(route, person.bodyFor(route, person.delay()));

    expect([answer.status, answer.json?.["errcode"]]).toEqual([400, "M_BAD_JSON"]);
    expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")).toEqual([]);
    expect(rig.home.callsOf(person.delayId)).toEqual([]);
  });
});

describe.skipIf(isOther)("T11: an OpenID token", () => {
  it.each(TOKEN_ROUTES)("is taken six times a minute by %s, and not once more", async (route) => {
    const person = rig.person();
    const ask = (): Promise<Answered> => service.post(route, person.bodyFor(route));
    for (let use = 1; use <= 6; use++) expect((await ask()).status).toBe(200);

    const { status, json, headers } = await ask();

    expect([status, json?.["errcode"]]).toEqual([429, "M_LIMIT_EXCEEDED"]);
    expect(json?.["retry_after_ms"]).toBeGreaterThan(0);
    expect(json?.["retry_after_ms"]).toBeLessThanOrEqual(60_000);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe.skipIf(isOther)("what ours adds", () => {
  it.each(ROUTES)("%s refuses a body of more than it reads with 413, and reads no further", async (route) => {
    const person = rig.person();

    const answer = await service.post(route, person.bodyFor(route, { delay_cs_api_url: "x".repeat(1024 * 1024) }));

    expect([answer.status, answer.json?.["errcode"]]).toEqual([413, "M_TOO_LARGE"]);
    expect(rig.home.lookUpsOf(person.token)).toEqual([]);
  });
});

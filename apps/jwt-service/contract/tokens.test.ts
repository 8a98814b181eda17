import { decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Person, TOKEN_ROUTES } from "./testing/Person.ts";
import { Rig } from "./testing/Rig.ts";
import { rtcHash } from "./testing/rtcHash.ts";
import { type Answered, isOther, type ServiceProcess } from "./testing/ServiceProcess.ts";
import { KEY, SECRET } from "./testing/webhook.ts";

/** lk-jwt-service gives an hour; ours ten minutes to connect (T13). */
const VALID_SECONDS = isOther ? 3600 : 600;

let rig: Rig;
let service: ServiceProcess;

beforeAll(async () => {
  rig = await Rig.open();
  service = await rig.start();
});

afterAll(() => rig.close());

async function claimsOf({ json }: Answered): Promise<Record<string, unknown> & { video?: unknown }> {
  const { payload } = await jwtVerify(String(json?.["jwt"]), new TextEncoder().encode(SECRET), {
    algorithms: ["HS256"],
  });
  return payload;
}

function roomOf(claims: { video?: unknown }): unknown {
  return (claims.video as { room?: unknown } | undefined)?.room;
}

describe.each(TOKEN_ROUTES)("a token of %s", (route) => {
  it("comes with the SFU's URL as it is configured, and nothing else", async () => {
    const answer = await service.post(route, rig.person().bodyFor(route));

    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json ?? {}).sort()).toEqual(["jwt", "url"]);
    expect(answer.json?.["url"]).toBe(rig.sfu.url);
  });

  it("names key, identity and room, and lets its bearer join, publish and subscribe", async () => {
    const person = rig.person();

    const claims = await claimsOf(await service.post(route, person.bodyFor(route)));

    const identity = person.sfuIdentity(route);
    expect(claims).toMatchObject({ iss: KEY, sub: identity });
    expect(claims.video).toEqual({
      roomJoin: true,
      room: person.sfuRoom,
      canPublish: true,
      canSubscribe: true,
      canUpdateOwnMetadata: true,
    });
  });

  it("is signed with HS256 and valid for as long as documented", async () => {
    const answer = await service.post(route, rig.person().bodyFor(route));

    const claims = await claimsOf(answer);
    expect(decodeProtectedHeader(String(answer.json?.["jwt"]))).toEqual({ alg: "HS256", typ: "JWT" });
    expect(Number(claims["exp"]) - Number(claims["nbf"])).toBe(VALID_SECONDS);
    expect(Math.abs(Number(claims["nbf"]) - Date.now() / 1000)).toBeLessThan(60);
  });

  it("never lets its bearer create rooms", async () => {
    const claims = await claimsOf(await service.post(route, rig.person().bodyFor(route)));

    expect(claims.video).not.toHaveProperty("roomCreate", true);
    expect(claims.video).not.toHaveProperty("roomAdmin");
  });

  it("costs one look-up with the token that was given, and is not remembered", async () => {
    const person = rig.person();
    const body = person.bodyFor(route);

    await service.post(route, body);
    expect(rig.home.lookUpsOf(person.token)).toEqual([
      { token: person.token, method: "GET", host: rig.home.serverName },
    ]);
    await service.post(route, body);

    expect(rig.home.lookUpsOf(person.token)).toHaveLength(2);
  });

  it("makes the room once, with the documented limits, under a token that may only do that", async () => {
    const person = rig.person();

    await service.post(route, person.bodyFor(route));

    const calls = rig.sfu.callsOf(person.sfuRoom, "CreateRoom");
    expect(calls).toHaveLength(1);
    expect(calls[0]?.request).toMatchObject({ emptyTimeout: 300, departureTimeout: 20, maxParticipants: 0 });
    expect(calls[0]?.claims).toMatchObject({ iss: KEY, video: { roomCreate: true } });
  });

  it("asks the SFU in protobuf", async () => {
    const person = rig.person();

    await service.post(route, person.bodyFor(route));

    expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")[0]?.contentType).toBe("application/protobuf");
  });

  it("for a restricted homeserver is the same, but no room is made", async () => {
    const person = rig.person(rig.stranger);

    const claims = await claimsOf(await service.post(route, person.bodyFor(route)));

    expect(claims["sub"]).toBe(person.sfuIdentity(route));
    expect(claims.video).toMatchObject({ roomJoin: true, room: person.sfuRoom, canPublish: true, canSubscribe: true });
    expect(rig.sfu.callsOf(person.sfuRoom, "CreateRoom")).toEqual([]);
  });

  it("is refused with 500 where the SFU refuses the room", async () => {
    const person = rig.person();
    rig.sfu.refusedRooms.add(person.sfuRoom);

    const answer = await service.post(route, person.bodyFor(route));

    expect([answer.status, answer.json]).toEqual([
      500,
      { errcode: "M_UNKNOWN", error: "Unable to create room on SFU" },
    ]);
  });

  it("is refused with 500 where the SFU does not answer", async () => {
    const person = rig.person();
    rig.sfu.deadRooms.add(person.sfuRoom);

    const answer = await service.post(route, person.bodyFor(route));

    expect([answer.status, answer.json?.["errcode"]]).toEqual([500, "M_UNKNOWN"]);
  });

  it("is given to many at once, each with their own identity", async () => {
    const people = Array.from({ length: 20 }, () => rig.person());

    const answers = await Promise.all(people.map((person) => service.post(route, person.bodyFor(route))));

    const claims = await Promise.all(answers.map((answer) => claimsOf(answer)));
    expect(claims.map(({ sub }) => sub)).toEqual(people.map((person) => person.sfuIdentity(route)));
  });
});

describe("rooms and identities", () => {
  it("are hashed as the contract's examples say", () => {
    expect(rtcHash("!room:example.com", "m.call#")).toBe("hrQ0l3fv1RI0sCBUn3Nu59Bu/b3f7hWXbMLLfFMLNOY");
    expect(rtcHash("!room:example.com", "m.call#ROOM")).toBe("krj2dgxw2K6EOm9he4GfQJ6JsSVWfJ8a7BkyjZcSmxs");
    expect(rtcHash("@alice:example.com", "DEVICE", "member-1")).toBe("vYVt8NUMTb0rAawkFqilcAtxKgY26U3Ab7R9INviNnU");
    expect(rtcHash("!a&b:example.com", "m.call#")).toBe("6EgDWhvO1b/1GbMTjx5bNyF0CJLaSmOvR6CIed7jBqA");
  });

  it.each([
    ["an ampersand and angle brackets", "!a&b<c>:example.com"],
    ["line separators", "!a\u2028b\u2029:example.com"],
    ["control characters", "!a\b\f\n\r\t\u0001\u001f:example.com"],
    ["quotes and backslashes", '!a"b\\c/:example.com'],
    ["other scripts", "!räum-部屋-🎉:example.com"],
  ])("are hashed over Go's JSON: %s", async (_, roomId) => {
    const person = rig.person();

    const claims = await claimsOf(await service.post("/get_token", person.bodyFor("/get_token", { room_id: roomId })));

    expect(roomOf(claims)).toBe(rtcHash(roomId, person.slotId));
  });

  it("depend on the slot", async () => {
    const person = rig.person();
    const body = person.bodyFor("/get_token", { slot_id: "m.call#other" });

    const claims = await claimsOf(await service.post("/get_token", body));

    expect(roomOf(claims)).toBe(rtcHash(person.roomId, "m.call#other"));
  });

  it("of the older route are those of the slot that it stands for", async () => {
    const person = rig.person();

    const [older, newer] = await Promise.all(
      TOKEN_ROUTES.map(async (route) => roomOf(await claimsOf(await service.post(route, person.bodyFor(route))))),
    );

    expect(older).toBe(newer);
  });

  it.each<[string, (person: Person) => Readonly<Record<string, unknown>>]>([
    ["an empty device", (person) => ({ ...person.bodyFor("/sfu/get"), device_id: "" })],
    ["no device", ({ roomId: room, openIdToken: openid_token }) => ({ room, openid_token })],
  ])("of the older route may have %s", async (_, bodyOf) => {
    const person = rig.person();

    const claims = await claimsOf(await service.post("/sfu/get", bodyOf(person)));

    expect(claims["sub"]).toBe(`${person.userId}:`);
  });
});

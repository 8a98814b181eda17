import { DisconnectReason, LeaveRequest, ParticipantInfo_State } from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { mintToken, type TokenOptions } from "../testing/serveSfu.ts";
import { SignalClient, UpgradeRefused } from "../testing/SignalClient.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

function get(path: string): Promise<Response> {
  return fetch(`${lab.served.httpUrl}${path}`);
}

async function upgradeStatus(token: string): Promise<number> {
  const fault = await SignalClient.connect(lab.served.url, token).then(
    () => undefined,
    (error: unknown) => error,
  );
  return fault instanceof UpgradeRefused ? fault.status : 101;
}

describe("join", () => {
  it("tells the newcomer about itself, the room, the others and what the server can", async () => {
    const alice = await lab.join("alice");
    await alice.next("join");
    const bob = await lab.join("bob");

    const join = await bob.next("join");

    expect(bob.messages[0]?.case).toBe("join");
    expect(join.participant).toMatchObject({ identity: "bob", state: ParticipantInfo_State.JOINED });
    expect(join.participant?.sid).toMatch(/^PA_[a-z0-9]{12}$/);
    expect(join.room).toMatchObject({ name: "lobby", numParticipants: 2 });
    expect(join.otherParticipants.map(({ identity }) => identity)).toEqual(["alice"]);
    expect(join).toMatchObject({ subscriberPrimary: true, fastPublish: true, pingInterval: 5, pingTimeout: 15 });
    expect(join.serverInfo?.version).toBe("1.13.5");
    expect(join.enabledPublishCodecs[0]?.mime).toBe("video/VP8");
  });

  it("tells the others about the newcomer, and keeps hidden ones hidden", async () => {
    const alice = await lab.join("alice");
    const ghost = await lab.join("ghost", { grant: { hidden: true } });
    await ghost.next("join");
    await lab.join("bob");

    await alice.sees("bob", ({ state }) => state === ParticipantInfo_State.JOINED);

    const seen = alice.all("update").flatMap(({ participants }) => participants.map(({ identity }) => identity));
    expect(seen).not.toContain("ghost");
  });

  it("sends the older session away when the same identity joins again", async () => {
    const bob = await lab.join("bob");
    const first = await lab.join("alice");
    const { participant: older } = await first.next("join");
    const second = await lab.join("alice");

    const leave = await first.next("leave");
    const join = await second.next("join");

    expect(leave.reason).toBe(DisconnectReason.DUPLICATE_IDENTITY);
    expect(await first.closed()).toBe(1000);
    expect(join.otherParticipants.map(({ identity }) => identity)).toEqual(["bob"]);
    await bob.sees("alice", ({ sid, state }) => sid === older?.sid && state === ParticipantInfo_State.DISCONNECTED);
  });

  it("gives the client a token that is good for a reconnect", async () => {
    const alice = await lab.join("alice", { ttlSeconds: 60 });

    expect(await upgradeStatus(await alice.next("refreshToken"))).toBe(101);
  });

  it("answers clients that write text with text", async () => {
    const client = await SignalClient.connect(lab.served.url, await mintToken(), "", "text");
    client.send({ case: "ping", value: 1n });

    await client.next("pong");
  });
});

describe("admission", () => {
  const refusals: readonly (readonly [string, TokenOptions, number])[] = [
    ["an expired token", { ttlSeconds: -60 }, 401],
    ["a token of another secret", { secret: "x".repeat(32) }, 401],
    ["a token of an unknown key", { key: "stranger", secret: "x".repeat(32) }, 401],
    ["a token that does not allow to join", { grant: { roomJoin: false } }, 401],
    ["a token without room", { room: "" }, 400],
    ["an identity of many characters", { identity: "a".repeat(300) }, 400],
  ];

  it.each(refusals)("refuses %s on both ways with the same status", async (_name, options, status) => {
    const token = await mintToken(options);

    const validated = await get(`/rtc/validate?access_token=${token}`);

    expect(validated.status).toBe(status);
    expect(validated.headers.get("access-control-allow-origin")).toBe("*");
    expect(await upgradeStatus(token)).toBe(status);
  });

  it("refuses a request without token or with nonsense", async () => {
    expect((await get("/rtc/validate")).status).toBe(401);
    expect(await upgradeStatus("a.b.c")).toBe(401);
  });

  it("refuses another room than the token's", async () => {
    const token = await mintToken({ room: "lobby" });

    expect((await get(`/rtc/validate?access_token=${token}&room=office`)).status).toBe(401);
  });

  it("accepts a good token, also in the header", async () => {
    const authorization = `Bearer ${await mintToken()}`;

    const response = await fetch(`${lab.served.httpUrl}/rtc/validate`, { headers: { authorization } });

    expect([response.status, await response.text()]).toEqual([200, "success"]);
  });

  it("has no v1, readable across origins, so that clients fall back", async () => {
    const response = await get(`/rtc/v1/validate?access_token=${await mintToken()}`);

    expect(response.status).toBe(404);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.text()).not.toContain("requested room does not exist");
  });

  it("answers v1 upgrades with a 404 that carries CORS headers", async () => {
    const response = await fetch(`${lab.served.httpUrl}/rtc/v1`, { method: "OPTIONS" });
    expect(response.headers.get("access-control-allow-headers")).toBe("*");

    const fault = await SignalClient.connect(`${lab.served.url}/v1`, await mintToken()).catch(
      (error: unknown) => error,
    );

    expect(fault).toMatchObject({ status: 404 });
  });

  it("is healthy", async () => {
    expect(await (await get("/")).text()).toBe("OK");
  });
});

describe("rooms", () => {
  it("takes no more participants than its bound, but lets those in who come back", async () => {
    await lab.close();
    lab = await startMemoryLab(true, { limits: { participantsPerRoom: 3 } });
    for (let index = 0; index < 3; index += 1) await (await lab.join(`guest${index}`)).next("join");

    expect(await upgradeStatus(await mintToken({ identity: "alice" }))).toBe(503);
    expect(await upgradeStatus(await mintToken({ identity: "alice", room: "other" }))).toBe(101);
    expect(await upgradeStatus(await mintToken({ identity: "guest0" }))).toBe(101);
  });

  it("lets nobody in before the room exists, if rooms are not made on joining", async () => {
    await lab.close();
    lab = await startMemoryLab(false);
    const token = await mintToken();

    const before = await get(`/rtc/validate?access_token=${token}`);
    await lab.createRoom("lobby");

    expect([before.status, await before.text()]).toEqual([404, "requested room does not exist"]);
    expect(await upgradeStatus(token)).toBe(101);
  });

  it("closes a room some time after the last has left, and makes a new one then", async () => {
    const first = await lab.join("alice");
    const { room: before } = await first.next("join");
    first.send({ case: "leave", value: new LeaveRequest() });
    await first.closed();

    await lab.clock.advance(20_000);

    expect(lab.plane.rooms[0]?.isClosed).toBe(true);
    const again = await lab.join("alice");
    expect((await again.next("join")).room?.sid).not.toBe(before?.sid);
  });

  it("keeps a room while somebody is there", async () => {
    const alice = await lab.join("alice");
    const bob = await lab.join("bob");
    await bob.next("join");
    bob.socket.close();
    await bob.closed();
    await lab.clock.advance(14_000);

    alice.send({ case: "ping", value: 1n });
    await alice.next("pong");

    expect(lab.plane.rooms[0]?.isClosed).toBe(false);
  });
});

import { FakeClock } from "@conclave/kit/testing";
import { CreateRoomRequest, ParticipantInfo, RoomParticipantIdentity } from "@livekit/protocol";
import { TokenVerifier } from "livekit-server-sdk";
import { beforeEach, describe, expect, it } from "vitest";

import type { HttpAnswer, HttpRequest } from "./httpCall.ts";
import { sfuOverTwirp } from "./sfuOverTwirp.ts";

const KEYS = { livekitKey: "devkey", livekitSecret: "devsecret" };
const PLACE = { room: "room", identity: "@alice:example.com:DEVICE" };
let requests: HttpRequest[];
let answer: HttpAnswer;

beforeEach(() => {
  requests = [];
  answer = reply(200, Buffer.alloc(0));
});

function reply(status: number, body: Uint8Array | object, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  return { status, headers: { get: (name) => headers[name] ?? null }, body: Buffer.from(bytes) };
}

const call = (request: HttpRequest): Promise<HttpAnswer> => {
  requests.push(request);
  return Promise.resolve(answer);
};

function sfu(livekitUrl = "wss://sfu.example.com/livekit/sfu/") {
  return sfuOverTwirp({ clock: new FakeClock(Date.now()), call }, { ...KEYS, livekitUrl });
}

async function grantOf({ headers }: HttpRequest): Promise<unknown> {
  const token = headers?.["authorization"]?.replace("Bearer ", "") ?? "";
  return (await new TokenVerifier(KEYS.livekitKey, KEYS.livekitSecret).verify(token)).video;
}

describe("sfuOverTwirp", () => {
  it("creates a room as LiveKit's own library reads it", async () => {
    await sfu().createRoom("room");

    const [request] = requests;
    expect(request?.url.href).toBe("https://sfu.example.com/livekit/sfu/twirp/livekit.RoomService/CreateRoom");
    expect(CreateRoomRequest.fromBinary(request?.body ?? Buffer.alloc(0)).toJson()).toEqual({
      name: "room",
      emptyTimeout: 300,
      departureTimeout: 20,
    });
    expect(request && (await grantOf(request))).toEqual({ roomCreate: true });
  });

  it("finds a participant, with the rights for its room alone", async () => {
    answer = reply(200, new ParticipantInfo({ sid: "PA_abc", identity: PLACE.identity }).toBinary());

    expect(await sfu().find(PLACE)).toEqual({ sid: "PA_abc" });
    expect(RoomParticipantIdentity.fromBinary(requests[0]?.body ?? Buffer.alloc(0))).toMatchObject(PLACE);
    expect(requests[0] && (await grantOf(requests[0]))).toEqual({ roomAdmin: true, room: "room" });
  });

  it("believes only the room service itself that somebody is not there", async () => {
    answer = reply(404, { code: "not_found", msg: "participant does not exist" });
    expect(await sfu().find(PLACE)).toBeUndefined();

    answer = reply(404, Buffer.from("404 page not found"));
    await expect(sfu().find(PLACE)).rejects.toMatchObject({ status: 404, twirpCode: undefined });
    answer = reply(404, { code: "bad_route", msg: "no handler" });
    await expect(sfu().find(PLACE)).rejects.toMatchObject({ twirpCode: "bad_route" });
  });

  it("tells how far the SFU's clock is off", async () => {
    answer = reply(401, { code: "unauthenticated" }, { date: new Date(Date.now() + 600_000).toUTCString() });

    await expect(sfu().listRooms("x")).rejects.toMatchObject({ status: 401 });
    const fault = await sfu()
      .listRooms("x")
      .catch((caught: { readonly skewMs: number }) => caught);
    expect(Math.abs((fault?.skewMs ?? 0) - 600_000)).toBeLessThan(5000);
  });

  it.each([
    [200, true],
    [404, false],
    [401, undefined],
  ])("reads status %i of a join without a room", async (status, isOpen) => {
    answer = reply(status, Buffer.alloc(0));

    expect(await sfu().canJoinMissingRoom("missing")).toBe(isOpen);
    expect(requests[0]?.url.search).toBe("");
  });
});

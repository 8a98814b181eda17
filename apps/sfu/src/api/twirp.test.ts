import { ListRoomsRequest, ListRoomsResponse, ParticipantInfo, RoomParticipantIdentity } from "@livekit/protocol";
import { EgressClient, IngressClient, RoomServiceClient, SipClient, type VideoGrant } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { API_KEYS, mintToken, type TokenOptions } from "../testing/serveSfu.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

interface Call {
  readonly path?: string;
  readonly token?: string;
  readonly type?: string;
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>;
  readonly method?: string;
}

async function call({ path = "livekit.RoomService/ListRooms", token, type, body = "{}", method = "POST" }: Call) {
  const response = await fetch(`${lab.served.httpUrl}/twirp/${path}`, {
    method,
    headers: {
      "content-type": type ?? "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(method === "POST" ? { body, duplex: "half" } : {}),
  });
  return response;
}

async function codeOf(made: Call): Promise<string> {
  const response = await call(made);
  if (response.ok) return "none";
  expect(response.headers.get("content-type")).toBe("application/json");
  const { code } = (await response.json()) as { code: string };
  return `${response.status} ${code}`;
}

function tokenFor(grant: VideoGrant, options: TokenOptions = {}): Promise<string> {
  return mintToken({ grant: { roomJoin: false, ...grant }, ...options });
}

const LISTER: VideoGrant = { roomList: true };

describe("a call", () => {
  it("is answered in the encoding that it came in", async () => {
    const token = await tokenFor(LISTER);
    await lab.createRoom("lobby");

    const binary = await call({
      token,
      type: "application/protobuf",
      body: new Uint8Array(new ListRoomsRequest().toBinary()),
    });
    const json = await call({ token });

    expect(binary.headers.get("content-type")).toBe("application/protobuf");
    const bytes = new Uint8Array(await binary.arrayBuffer());
    expect(ListRoomsResponse.fromBinary(bytes).rooms[0]?.name).toBe("lobby");
    expect(json.headers.get("content-type")).toBe("application/json");
    expect(json.headers.get("access-control-allow-origin")).toBe("*");
    expect(await json.json()).toMatchObject({ rooms: [{ name: "lobby" }] });
  });

  it("takes original field names, unknown fields and an empty body", async () => {
    const token = await tokenFor({ roomCreate: true, roomList: true });
    const path = "livekit.RoomService/CreateRoom";
    const body = JSON.stringify({ name: "lobby", empty_timeout: 7, hologram: true });

    expect(await (await call({ path, token, body })).json()).toMatchObject({ emptyTimeout: 7 });
    expect(await codeOf({ token, body: "" })).toBe("none");
  });

  it("gets a Twirp error in JSON whatever its encoding", async () => {
    const token = await tokenFor({ roomAdmin: true });
    const path = "livekit.RoomService/GetParticipant";
    const query = new RoomParticipantIdentity({ room: "lobby", identity: "nobody" });

    const body = new Uint8Array(query.toBinary());
    expect(await codeOf({ path, token, type: "application/protobuf", body })).toBe("404 not_found");
    await (await lab.join("nobody")).next("join");
    const found = await call({ path, token, type: "application/protobuf", body });
    expect(ParticipantInfo.fromBinary(new Uint8Array(await found.arrayBuffer())).identity).toBe("nobody");
  });

  it.each([
    ["another method of HTTP", { method: "GET" }],
    ["another content type", { type: "text/plain" }],
    ["an unknown method", { path: "livekit.RoomService/Explode" }],
    ["a method named like a property of every object", { path: "livekit.RoomService/constructor" }],
    ["an unknown service", { path: "livekit.Hologram/ListRooms" }],
    ["a path that is none", { path: "livekit.RoomService" }],
  ])("finds nothing at %s", async (_name, made) => {
    expect(await codeOf({ ...made, token: await tokenFor(LISTER) })).toBe("404 bad_route");
  });

  it.each([
    ["JSON that is none", "application/json", "{"],
    ["JSON of another shape", "application/json", '{"names": 7}'],
    ["protobuf that is none", "application/protobuf", Uint8Array.of(0x0a, 0xff)],
  ])("is malformed with %s", async (_name, type, body) => {
    expect(await codeOf({ token: await tokenFor(LISTER), type, body })).toBe("400 malformed");
  });

  it("is refused when its body is larger than the bound, announced or not", async () => {
    const token = await tokenFor(LISTER);
    const chunk = new Uint8Array(256 * 1024).fill(0x20);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(chunk);
        if (sent > 64) controller.close();
      },
    });

    expect(await codeOf({ token, body: " ".repeat(1024 * 1024 + 1) })).toBe("429 resource_exhausted");
    // The server may cut the connection once it has answered; it has not taken all either way.
    const outcome = await codeOf({ token, body: endless }).catch(() => "cut");
    expect(["429 resource_exhausted", "cut"]).toContain(outcome);
    expect(await codeOf({ token })).toBe("none");
  });

  it("is counted: too many of one key are told when to come again, and other keys are served", async () => {
    await lab.close();
    const keys = { ...API_KEYS, other: "another-secret-of-32-characters!" };
    lab = await startMemoryLab(true, { apiKeys: keys, limits: { apiRequestsPerSecond: 2 } });
    const token = await tokenFor(LISTER);

    const codes = [await codeOf({ token }), await codeOf({ token }), await codeOf({ token })];

    expect(codes).toEqual(["none", "none", "429 resource_exhausted"]);
    expect((await call({ token })).headers.get("retry-after")).toBe("1");
    const others = await tokenFor(LISTER, { key: "other", secret: keys.other });
    expect(await codeOf({ token: others })).toBe("none");
    await lab.clock.advance(500);
    expect(await codeOf({ token })).toBe("none");
  });

  it("leaves neither token nor names of rooms and people in the log", async () => {
    const token = await tokenFor({ roomAdmin: true, roomCreate: true }, { room: "marked-room" });
    await call({ path: "livekit.RoomService/CreateRoom", token, body: '{"name": "marked-room"}' });
    await call({
      path: "livekit.RoomService/GetParticipant",
      token,
      body: '{"room": "marked-room", "identity": "@marked:user"}',
    });

    expect(lab.logged()).toContain("GetParticipant");
    expect(lab.logged()).not.toContain("marked");
    expect(lab.logged()).not.toContain(token.slice(0, 40));
  });
});

describe("a caller", () => {
  const admin = "livekit.RoomService/ListParticipants";

  it.each([
    ["without a token", undefined],
    ["with a token of another secret", () => tokenFor(LISTER, { secret: "x".repeat(32) })],
    ["with an expired token", () => tokenFor(LISTER, { ttlSeconds: -60 })],
    ["with a token to join", () => mintToken()],
    ["who may create only", () => tokenFor({ roomCreate: true })],
  ])("is refused %s", async (_name, token) => {
    const made = token ? { token: await token() } : {};

    expect(await codeOf(made)).toBe("401 unauthenticated");
  });

  it.each([
    ["CreateRoom", { roomList: true, roomAdmin: true }],
    ["DeleteRoom", { roomList: true, roomAdmin: true }],
    ["ListRooms", { roomCreate: true, roomAdmin: true }],
    ["ListParticipants", { roomList: true, roomCreate: true }],
    ["GetParticipant", { roomList: true, roomCreate: true }],
    ["RemoveParticipant", { roomList: true, roomCreate: true }],
    ["MutePublishedTrack", { roomList: true, roomCreate: true }],
    ["UpdateParticipant", { roomList: true, roomCreate: true }],
    ["UpdateSubscriptions", { roomList: true, roomCreate: true }],
    ["SendData", { roomList: true, roomCreate: true }],
    ["UpdateRoomMetadata", { roomList: true, roomCreate: true }],
  ])("needs the grant of %s", async (method, grant) => {
    const body = JSON.stringify({ name: "lobby", room: "lobby", identity: "alice" });
    const path = `livekit.RoomService/${method}`;

    expect(await codeOf({ path, body, token: await tokenFor(grant) })).toBe("401 unauthenticated");
  });

  it("administers the room of the token only", async () => {
    const token = await tokenFor({ roomAdmin: true });
    const unnamed = await tokenFor({ roomAdmin: true }, { room: "" });

    expect(await codeOf({ path: admin, token, body: '{"room": "lobby"}' })).toBe("none");
    expect(await codeOf({ path: admin, token, body: '{"room": "other"}' })).toBe("401 unauthenticated");
    expect(await codeOf({ path: admin, token: unnamed, body: "{}" })).toBe("401 unauthenticated");
  });

  it("is known before anything of its body is read", async () => {
    let isRead = false;
    const body = new ReadableStream<Uint8Array>({ pull: () => void (isRead = true) }, { highWaterMark: 0 });
    const request = new Request("http://sfu/twirp/livekit.RoomService/ListRooms", {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${await mintToken()}` },
      body,
      duplex: "half",
    });

    expect((await lab.fetch(request)).status).toBe(401);
    expect(isRead).toBe(false);
  });
});

describe("what needs other programs", () => {
  const key = ["devkey", API_KEYS["devkey"]] as const;

  it.each([
    ["egress", (url: string) => new EgressClient(url, ...key).listEgress()],
    ["ingress", (url: string) => new IngressClient(url, ...key).listIngress()],
    ["SIP", (url: string) => new SipClient(url, ...key).listSipInboundTrunk()],
    ["forwarding", (url: string) => new RoomServiceClient(url, ...key).forwardParticipant("lobby", "a", "other")],
    ["moving", (url: string) => new RoomServiceClient(url, ...key).moveParticipant("lobby", "a", "other")],
  ])("is said to be unimplemented: %s", async (_name, make) => {
    const outcome = make(lab.served.httpUrl).then(() => "done");

    await expect(outcome).rejects.toMatchObject({ status: 501, code: "unimplemented" });
  });
});

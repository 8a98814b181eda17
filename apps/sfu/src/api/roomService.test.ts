import { DataPacket, DisconnectReason, ParticipantInfo_State } from "@livekit/protocol";
import { DataPacket_Kind, type RoomServiceClient, TrackSource } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PPID_BINARY, PPID_DCEP, writeAck } from "../data/dcep.ts";
import { answerOffer, CAMERA, connect, MICROPHONE, publish, PATIENCE } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { apiClient } from "../testing/serveSfu.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: MemoryLab;
let api: RoomServiceClient;

async function start(...options: Parameters<typeof startMemoryLab>): Promise<void> {
  lab = await startMemoryLab(...options);
  api = apiClient(lab.served.httpUrl);
}

beforeEach(() => start());

afterEach(() => lab.close());

/** What the SDK throws for an error of Twirp's. */
async function refusal(call: Promise<unknown>): Promise<object> {
  return call.then(
    () => ({ code: "none" }),
    (fault: { status: number; code: string }) => ({ status: fault.status, code: fault.code }),
  );
}

const NOT_FOUND = { status: 404, code: "not_found" };

/** Joins with open data channels. */
async function connectForData(identity: string, index: number): Promise<void> {
  await connect(lab, identity);
  const transport = lab.plane.rooms[0]?.subscribers[index];
  for (const streamId of [1, 3]) transport?.sctpReceived.emit({ streamId, ppid: PPID_DCEP, payload: writeAck() });
}

function receivedData(index: number): DataPacket[] {
  const sent = lab.plane.rooms[0]?.subscribers[index]?.sentSctp ?? [];
  return sent.filter(({ ppid }) => ppid === PPID_BINARY).map(({ payload }) => DataPacket.fromBinary(payload));
}

describe("rooms", () => {
  it("are made with what is asked for, once, and listed", async () => {
    const made = await api.createRoom({ name: "lobby", emptyTimeout: 7, departureTimeout: 9, maxParticipants: 2 });
    const again = await api.createRoom({ name: "lobby", metadata: "new" });
    await api.createRoom({ name: "other" });

    expect(made).toMatchObject({ name: "lobby", emptyTimeout: 7, departureTimeout: 9, maxParticipants: 2 });
    expect(again).toMatchObject({ sid: made.sid, emptyTimeout: 7, maxParticipants: 2, metadata: "new" });
    expect((await api.listRooms()).map(({ name }) => name)).toEqual(["lobby", "other"]);
    expect((await api.listRooms(["other", "none"])).map(({ name }) => name)).toEqual(["other"]);
  });

  it("have LiveKit's timeouts where nothing is asked for", async () => {
    expect(await api.createRoom({ name: "lobby" })).toMatchObject({ emptyTimeout: 300, departureTimeout: 20 });
  });

  it("close after their own timeouts", async () => {
    await api.createRoom({ name: "lobby", emptyTimeout: 7, departureTimeout: 9 });
    await lab.clock.advance(6999);
    expect(await api.listRooms()).toHaveLength(1);
    const alice = await lab.join("alice");
    await alice.next("join");
    await lab.clock.advance(7000);
    expect(await api.listRooms()).toHaveLength(1);

    await api.removeParticipant("lobby", "alice");
    await lab.clock.advance(8999);
    expect(await api.listRooms()).toHaveLength(1);
    await lab.clock.advance(1);

    expect(await api.listRooms()).toEqual([]);
  });

  it("take no more than their own maximum", async () => {
    await api.createRoom({ name: "lobby", maxParticipants: 1 });
    await (await lab.join("alice")).next("join");

    await expect(lab.join("bob")).rejects.toMatchObject({ status: 503 });
    expect((await (await lab.join("alice")).next("join")).room?.maxParticipants).toBe(1);
  });

  it("are deleted with everybody in them", async () => {
    const alice = await lab.join("alice");
    await alice.next("join");

    await api.deleteRoom("lobby");

    expect((await alice.next("leave")).reason).toBe(DisconnectReason.ROOM_DELETED);
    expect(await api.listRooms()).toEqual([]);
    expect(await refusal(api.deleteRoom("lobby"))).toEqual(NOT_FOUND);
  });

  it("tell everybody in them their new metadata", async () => {
    const alice = await lab.join("alice");
    await alice.next("join");

    const room = await api.updateRoomMetadata("lobby", "topic");

    expect(room.metadata).toBe("topic");
    await alice.next("roomUpdate", (update) => update.room?.metadata === "topic");
    expect(await refusal(api.updateRoomMetadata("none", "topic"))).toEqual(NOT_FOUND);
  });

  it("are no more than the bound, and hold no more text than it", async () => {
    await lab.close();
    await start(true, { limits: { rooms: 1, metadataBytes: 4 } });
    await api.createRoom({ name: "lobby" });

    expect(await refusal(api.createRoom({ name: "other" }))).toEqual({ status: 429, code: "resource_exhausted" });
    const invalid = { status: 400, code: "invalid_argument" };
    expect(await refusal(api.createRoom({ name: "lobby", metadata: "12345" }))).toEqual(invalid);
    expect(await refusal(api.updateRoomMetadata("lobby", "ääää"))).toEqual(invalid);
    expect(await refusal(api.createRoom({ name: "r".repeat(257) }))).toEqual(invalid);
    expect(await refusal(api.createRoom({ name: "" }))).toEqual(invalid);
  });
});

describe("participants", () => {
  it("are listed and found with their tracks", async () => {
    const alice = await connect(lab, "alice");
    await publish(alice, [CAMERA]);
    await (await lab.join("bob")).next("join");

    const everybody = await api.listParticipants("lobby");
    const found = await api.getParticipant("lobby", "alice");

    expect(everybody.map(({ identity }) => identity)).toEqual(["alice", "bob"]);
    expect(found.state).toBe(ParticipantInfo_State.ACTIVE);
    expect(found.tracks).toMatchObject([{ source: TrackSource.CAMERA, muted: false }]);
    expect(await api.listParticipants("none")).toEqual([]);
    expect(await refusal(api.getParticipant("lobby", "carol"))).toEqual(NOT_FOUND);
    expect(await refusal(api.getParticipant("none", "alice"))).toEqual(NOT_FOUND);
  });

  it("are removed and told so", async () => {
    const alice = await lab.join("alice");
    await alice.next("join");

    await api.removeParticipant("lobby", "alice");

    expect((await alice.next("leave")).reason).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    expect(await refusal(api.removeParticipant("lobby", "alice"))).toEqual(NOT_FOUND);
  });

  it("get other names, metadata and attributes, and a token that says so", async () => {
    const alice = await connect(lab, "alice", { attributes: { seat: "1", coat: "red" } });
    const bob = await connect(lab, "bob");

    const changed = await api.updateParticipant("lobby", "alice", {
      name: "Alice",
      metadata: "m",
      attributes: { seat: "2", coat: "" },
    });

    expect(changed).toMatchObject({ name: "Alice", metadata: "m", attributes: { seat: "2" } });
    await bob.sees("alice", ({ name, attributes }) => name === "Alice" && attributes["seat"] === "2");
    await alice.sees("alice", ({ metadata }) => metadata === "m");
    await expect.poll(() => alice.all("refreshToken").map(nameInToken), PATIENCE).toContain("Alice");
    expect(await refusal(api.updateParticipant("lobby", "carol", "m"))).toEqual(NOT_FOUND);
    const tooLong = api.updateParticipant("lobby", "alice", { attributes: { seat: "x".repeat(65_536) } });
    expect(await refusal(tooLong)).toEqual({ status: 400, code: "invalid_argument" });
  });

  it("lose at once what they may not do any more", async () => {
    const alice = await connect(lab, "alice");
    const [camera = "", microphone = ""] = await publish(alice, [CAMERA, MICROPHONE]);
    const producers = lab.plane.rooms[0]?.publishers[0]?.producers ?? [];

    const canPublishSources = [TrackSource.MICROPHONE];
    await api.updateParticipant("lobby", "alice", undefined, { canPublish: true, canPublishSources });

    expect((await alice.next("trackUnpublished")).trackSid).toBe(camera);
    expect(producers.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    const { tracks, permission } = await api.getParticipant("lobby", "alice");
    expect(tracks.map(({ sid }) => sid)).toEqual([microphone]);
    expect(permission).toMatchObject({ canSubscribe: false, canPublishData: false });
  });

  it("lose their subscriptions with the permission, and get them back with it", async () => {
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");
    const [sid = ""] = await publish(alice, [CAMERA]);
    await answerOffer(lab, bob, ({ sdp }) => sdp.includes(sid));
    const consumers = lab.plane.rooms[0]?.subscribers[1]?.consumers ?? [];
    await expect.poll(() => consumers[0]?.isPaused, PATIENCE).toBe(false);

    await api.updateParticipant("lobby", "bob", undefined, { canSubscribe: false, canPublish: true });
    await expect.poll(() => consumers[0]?.isClosed, PATIENCE).toBe(true);
    await api.updateParticipant("lobby", "bob", undefined, { canSubscribe: true, canPublish: true });

    await expect.poll(() => consumers.length, PATIENCE).toBe(2);
  });
});

describe("tracks", () => {
  it("are muted by the server, and opened only where the operator allows it", async () => {
    const alice = await connect(lab, "alice");
    const [sid = ""] = await publish(alice, [MICROPHONE]);
    const producer = lab.plane.rooms[0]?.publishers[0]?.producers[0];

    const track = await api.mutePublishedTrack("lobby", "alice", sid, true);

    expect(track).toMatchObject({ sid, muted: true });
    expect(producer?.isPaused).toBe(true);
    expect(await alice.next("mute")).toMatchObject({ sid, muted: true });
    const opening = api.mutePublishedTrack("lobby", "alice", sid, false);
    expect(await refusal(opening)).toEqual({ status: 412, code: "failed_precondition" });
    expect(await refusal(api.mutePublishedTrack("lobby", "alice", "TR_none", true))).toEqual(NOT_FOUND);
  });

  it("are opened where the operator allows it", async () => {
    await lab.close();
    await start(true, { allowsRemoteUnmute: true });
    const alice = await connect(lab, "alice");
    const [sid = ""] = await publish(alice, [MICROPHONE]);
    await api.mutePublishedTrack("lobby", "alice", sid, true);

    await api.mutePublishedTrack("lobby", "alice", sid, false);

    expect(lab.plane.rooms[0]?.publishers[0]?.producers[0]?.isPaused).toBe(false);
  });

  it("are taken from a subscriber and given back", async () => {
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");
    const [sid = ""] = await publish(alice, [CAMERA]);
    await answerOffer(lab, bob, ({ sdp }) => sdp.includes(sid));
    const consumers = lab.plane.rooms[0]?.subscribers[1]?.consumers ?? [];
    await expect.poll(() => consumers.length, PATIENCE).toBe(1);

    await api.updateSubscriptions("lobby", "bob", [sid], false);
    await expect.poll(() => consumers[0]?.isClosed, PATIENCE).toBe(true);
    await api.updateSubscriptions("lobby", "bob", [sid], true);

    await expect.poll(() => consumers.length, PATIENCE).toBe(2);
    expect(await refusal(api.updateSubscriptions("lobby", "carol", [sid], true))).toEqual(NOT_FOUND);
  });
});

describe("data", () => {
  it("reaches everybody or those it is for, and names no sender", async () => {
    await connectForData("alice", 0);
    await connectForData("bob", 1);
    const bytes = new TextEncoder().encode("hello");

    await api.sendData("lobby", bytes, DataPacket_Kind.RELIABLE, { topic: "t" });
    await api.sendData("lobby", bytes, DataPacket_Kind.RELIABLE, { destinationIdentities: ["bob"] });

    await expect.poll(() => receivedData(1).length, PATIENCE).toBe(2);
    expect(receivedData(0)).toHaveLength(1);
    const [first] = receivedData(0);
    expect(first).toMatchObject({ kind: DataPacket_Kind.RELIABLE, participantSid: "", participantIdentity: "" });
    expect(first?.value).toMatchObject({ case: "user", value: { payload: bytes, topic: "t" } });
    expect(await refusal(api.sendData("none", bytes, DataPacket_Kind.LOSSY, {}))).toEqual(NOT_FOUND);
  });
});

function nameInToken(jwt: string): unknown {
  const payload = Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8");
  return (JSON.parse(payload) as { name?: unknown }).name;
}

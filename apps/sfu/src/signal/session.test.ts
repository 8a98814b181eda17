import {
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantInfo_State,
  Ping,
  RequestResponse_Reason,
  SessionDescription,
  SyncState,
  TrackInfo,
  TrackPublishedResponse,
  UpdateParticipantMetadata,
} from "@livekit/protocol";
import { MAX_SIGNAL_MESSAGE_BYTES } from "@conclave/livekit-wire/signal";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { mintToken } from "../testing/serveSfu.ts";
import { publisherOffer, subscriberAnswer } from "../testing/sdpFixtures.ts";
import { SignalClient } from "../testing/SignalClient.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

/** Joins and answers the first offer, so that the connection is up. */
async function connect(identity: string): Promise<SignalClient> {
  const client = await lab.join(identity);
  const { id } = await lab.pump(client.next("offer"));
  client.send({ case: "answer", value: new SessionDescription({ type: "answer", sdp: subscriberAnswer(), id }) });
  await client.sees(identity, ({ state }) => state === ParticipantInfo_State.ACTIVE);
  return client;
}

async function sidOf(client: SignalClient): Promise<string> {
  return (await client.next("join")).participant?.sid ?? "";
}

async function answersPing(client: SignalClient): Promise<void> {
  client.send({ case: "pingReq", value: new Ping({ timestamp: 42n }) });
  await client.next("pongResp");
}

describe("session", () => {
  it("offers data channels first and is active once the client has answered", async () => {
    const alice = await lab.join("alice");
    const offer = await lab.pump(alice.next("offer"));

    expect(offer).toMatchObject({ type: "offer", id: 1 });
    expect(offer.sdp.match(/^m=\w+/gm)).toEqual(["m=application"]);
    alice.send({ case: "answer", value: new SessionDescription({ sdp: subscriberAnswer(), id: 1 }) });

    await alice.sees("alice", ({ state }) => state === ParticipantInfo_State.ACTIVE);
  });

  it("answers both pings", async () => {
    const alice = await lab.join("alice");
    alice.send({ case: "ping", value: 1n });
    alice.send({ case: "pingReq", value: new Ping({ timestamp: 42n }) });

    await alice.next("pong");
    expect(await alice.next("pongResp")).toMatchObject({ lastPingTimestamp: 42n });
  });

  it("lets a client leave and tells the others why it is gone", async () => {
    const alice = await connect("alice");
    const bob = await connect("bob");

    alice.send({ case: "leave", value: new LeaveRequest() });
    const gone = await bob.sees("alice", ({ state }) => state === ParticipantInfo_State.DISCONNECTED);

    expect(gone.disconnectReason).toBe(DisconnectReason.CLIENT_INITIATED);
    expect(await alice.closed()).toBe(1000);
    expect(lab.plane.rooms[0]?.subscribers[0]?.state).toBe("closed");
  });

  it("leaves no timer behind when all have left and the room is closed", async () => {
    const clients = [await connect("alice"), await connect("bob")];
    for (const client of clients) {
      client.send({ case: "leave", value: new LeaveRequest() });
      await client.closed();
    }

    await lab.clock.advance(20_000);

    expect(lab.plane.rooms[0]?.isClosed).toBe(true);
    expect(lab.clock.pendingTimers).toBe(0);
  });

  it("starts anew with a client that does not answer an offer", async () => {
    const alice = await lab.join("alice");
    await lab.pump(alice.next("offer"));

    await lab.clock.advance(15_000);

    expect(await alice.next("leave")).toMatchObject({ action: LeaveRequest_Action.RECONNECT, canReconnect: true });
  });

  it("sends a client away whose connection never comes up", async () => {
    const alice = await lab.join("alice");
    const { id } = await lab.pump(alice.next("offer"));
    for (const transport of lab.plane.rooms[0]?.subscribers ?? []) transport.isReachable = false;
    alice.send({ case: "answer", value: new SessionDescription({ sdp: subscriberAnswer(), id }) });

    await answersPing(alice);

    await lab.clock.advance(60_000);

    expect((await alice.next("leave")).reason).toBe(DisconnectReason.JOIN_FAILURE);
  });

  it("changes name, metadata and attributes, and deletes empty attributes", async () => {
    const alice = await connect("alice");
    const change = (attributes: Record<string, string>, requestId: number): void =>
      alice.send({
        case: "updateMetadata",
        value: new UpdateParticipantMetadata({ name: "Alice", attributes, requestId }),
      });

    change({ hand: "up", mood: "good" }, 1);
    await alice.sees("alice", ({ attributes }) => attributes["hand"] === "up");
    change({ hand: "" }, 2);
    const info = await alice.sees("alice", ({ attributes }) => !("hand" in attributes) && "mood" in attributes);

    expect(info.name).toBe("Alice");
    const response = await alice.next("requestResponse", ({ requestId }) => requestId === 2);
    expect(response.reason).toBe(RequestResponse_Reason.OK);
  });

  it("refuses metadata of those who may not change it, and too much of it", async () => {
    const value = new UpdateParticipantMetadata({ metadata: "x".repeat(525_000), requestId: 7 });
    const alice = await lab.join("alice");
    const bob = await lab.join("bob", { grant: { canUpdateOwnMetadata: false } });

    alice.send({ case: "updateMetadata", value });
    bob.send({ case: "updateMetadata", value });

    expect((await alice.next("requestResponse")).reason).toBe(RequestResponse_Reason.LIMIT_EXCEEDED);
    expect((await bob.next("requestResponse")).reason).toBe(RequestResponse_Reason.NOT_ALLOWED);
  });
});

describe("lost connections", () => {
  it("lets a client start anew whose media path stays away", async () => {
    const alice = await connect("alice");

    lab.plane.rooms[0]?.subscribers[0]?.become("disconnected");
    await lab.clock.advance(20_000);

    expect(await alice.next("leave")).toMatchObject({
      reason: DisconnectReason.CONNECTION_TIMEOUT,
      action: LeaveRequest_Action.RECONNECT,
    });
  });

  it("keeps a client whose media path comes back", async () => {
    const alice = await connect("alice");
    const [transport] = lab.plane.rooms[0]?.subscribers ?? [];

    transport?.become("disconnected");
    await lab.clock.advance(19_000);
    transport?.become("connected");
    await lab.clock.advance(20_000);

    await answersPing(alice);
    expect(alice.all("leave")).toEqual([]);
  });
});

describe("nonsense", () => {
  it.each([
    ["protobuf of nonsense", (client: SignalClient) => client.socket.send(Uint8Array.of(0x0a, 0xff, 0xff)), 1008],
    ["text of nonsense", (client: SignalClient) => client.socket.send("{"), 1008],
    [
      "a message above the limit",
      (client: SignalClient) => client.socket.send(new Uint8Array(MAX_SIGNAL_MESSAGE_BYTES + 1)),
      1009,
    ],
    [
      "an SDP of nonsense",
      (client: SignalClient) =>
        client.send({ case: "offer", value: new SessionDescription({ sdp: "v=0\r\nm=nonsense" }) }),
      1008,
    ],
  ])("ends the session of a client that sends %s, and only that one", async (_name, misbehave, closeCode) => {
    const alice = await connect("alice");
    const bob = await connect("bob");

    misbehave(alice);

    expect(await alice.closed()).toBe(closeCode);
    await answersPing(bob);
  });

  it("says which rule was broken", async () => {
    const alice = await connect("alice");

    alice.send({ case: "offer", value: new SessionDescription({ sdp: "hello" }) });
    await alice.closed();

    expect(alice.closeReason).toBe("sdp_malformed");
  });

  it("ignores requests that it does not know", async () => {
    const alice = await connect("alice");

    alice.socket.send(Uint8Array.of(0xa2, 0x06, 0x00));

    await answersPing(alice);
  });
});

describe("lost sockets", () => {
  it("resumes the same participant, with `reconnect` first and new ICE credentials", async () => {
    const bob = await connect("bob");
    const alice = await connect("alice");
    const sid = await sidOf(alice);
    alice.socket.terminate();
    await alice.closed();

    const again = await lab.join("alice", { query: `&reconnect=1&sid=${sid}` });
    const offer = await lab.pump(again.next("offer"));

    expect(again.messages[0]?.case).toBe("reconnect");
    expect(offer.id).toBe(2);
    expect(offer.sdp).toContain("a=ice-ufrag:ufrag1x1");
    await answersPing(again);
    const gone = bob.all("update").flatMap(({ participants }) => participants.map(({ state }) => state));
    expect(gone).not.toContain(ParticipantInfo_State.DISCONNECTED);
  });

  it("tells a client to start anew when nobody has its sid, or somebody else", async () => {
    const alice = await connect("alice");
    const sid = await sidOf(alice);

    const unknown = await lab.join("alice", { query: "&reconnect=1&sid=PA_nobody" });
    const thief = await lab.join("mallory", { query: `&reconnect=1&sid=${sid}` });

    for (const client of [unknown, thief]) {
      expect(await client.next("leave")).toMatchObject({
        reason: DisconnectReason.STATE_MISMATCH,
        action: LeaveRequest_Action.RECONNECT,
      });
    }
    await answersPing(alice);
  });

  it("tells a client to start anew that publishes a track which is not known", async () => {
    const alice = await connect("alice");
    const track = new TrackPublishedResponse({ cid: "c", track: new TrackInfo({ sid: "TR_unknown" }) });

    alice.send({ case: "syncState", value: new SyncState({ publishTracks: [track] }) });

    expect((await alice.next("leave")).action).toBe(LeaveRequest_Action.RECONNECT);
  });

  it("removes a participant that does not come back in time", async () => {
    const alice = await connect("alice");
    const bob = await connect("bob");
    alice.socket.terminate();
    await alice.closed();
    await answersPing(bob);

    await lab.clock.advance(14_999);
    const seenBefore = bob.all("update").length;
    await lab.clock.advance(1);
    await bob.sees("alice", ({ state }) => state === ParticipantInfo_State.DISCONNECTED);

    expect(bob.all("update").length).toBeGreaterThan(seenBefore);
  });

  it("removes within seconds whose connections have fallen silent with the socket", async () => {
    const alice = await connect("alice");
    const bob = await connect("bob");
    const [room] = lab.plane.rooms;
    for (const transport of [room?.publishers[0], room?.subscribers[0]]) transport!.isSilent = true;
    alice.socket.terminate();
    await alice.closed();
    await answersPing(bob);

    // Alice sends nothing, so only checks of the path are missed.
    await lab.clock.advance(7_000);

    await bob.sees("alice", ({ state }) => state === ParticipantInfo_State.DISCONNECTED);
  });

  it("tells everybody to start anew when the media worker dies, and is ready for them", async () => {
    const alice = await connect("alice");
    const bob = await connect("bob");

    lab.plane.die();

    for (const client of [alice, bob]) {
      expect(await client.next("leave")).toMatchObject({ action: LeaveRequest_Action.RECONNECT, canReconnect: true });
    }
    await connect("alice");
  });
});

describe("logs", () => {
  it("hold neither tokens nor identities nor what is in SDPs, whatever happens", async () => {
    const token = await mintToken({ identity: "marked-identity" });
    const alice = await SignalClient.connect(lab.served.url, token);
    const sdp = publisherOffer([], "marked-ufrag");
    alice.send({ case: "offer", value: new SessionDescription({ sdp, id: 1 }) });
    await alice.next("answer");
    alice.send({ case: "offer", value: new SessionDescription({ sdp: `${sdp}m=marked-nonsense`, id: 2 }) });
    await alice.closed();
    await SignalClient.connect(lab.served.url, `${token}x`).catch(() => undefined);

    expect(lab.logged()).toContain("sdp_malformed");
    expect(lab.logged()).toContain("join refused");
    expect(lab.logged()).not.toMatch(/marked|eyJ/);
  });
});

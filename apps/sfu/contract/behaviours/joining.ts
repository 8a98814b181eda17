import {
  ClientInfo_Capability,
  DisconnectReason,
  LeaveRequest,
  LeaveRequest_Action,
  ParticipantInfo_Kind,
  ParticipantInfo_State,
  Ping,
  TrackSource,
  UpdateParticipantMetadata,
} from "@livekit/protocol";
import { AccessToken, TrackSource as GrantSource } from "livekit-server-sdk";
import { expect } from "vitest";

import { readAccessToken } from "@conclave/livekit-wire";

import { SignalClient } from "../../src/testing/SignalClient.ts";
import type { Chapter } from "../Behaviour.ts";

/** The first answers of a session, and who is told. */
export const joining: Chapter = {
  subject: "joining",
  behaviours: [
    {
      name: "begins a session with the join response",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await alice.next("refreshToken");

        expect(alice.messages[0]?.case).toBe("join");
      },
    },
    {
      name: "says which server it is in a version that clients take",
      run: async (stage) => {
        const { serverInfo, serverVersion } = await (await stage.join("alice")).next("join");

        expect(serverInfo?.version).toMatch(/^1\.13\./);
        expect(serverVersion).toBe(serverInfo?.version);
        expect(serverInfo?.protocol).toBeGreaterThanOrEqual(16);
        expect(serverInfo?.nodeId).not.toBe("");
      },
    },
    {
      name: "gives the newcomer a sid and the identity, name, metadata and attributes of its token",
      run: async (stage) => {
        const claims = { name: "Alice A.", metadata: "meta", attributes: { hand: "up" } };
        const { participant } = await (await stage.join("alice", claims)).next("join");

        expect(participant).toMatchObject({ identity: "alice", ...claims });
        expect(participant?.sid).toMatch(/^PA_\w{12}$/);
      },
    },
    {
      name: "keeps identities and rooms of any characters as they are",
      run: async (stage) => {
        const identity = "@alice:matrix.example:DEVICE/ü";
        const room = `!${stage.room}:example.org/☃`;
        const alice = await stage.join(identity, { room });
        const joined = await alice.next("join");

        expect([joined.participant?.identity, joined.room?.name]).toEqual([identity, room]);
      },
    },
    {
      name: "tells of the room: sid, name and age",
      run: async (stage) => {
        const { room } = await (await stage.join("alice")).next("join");

        expect(room?.sid).toMatch(/^RM_\w{12}$/);
        expect(room?.name).toBe(stage.room);
        expect(Math.abs(Number(room?.creationTime) - Date.now() / 1000)).toBeLessThan(60);
        expect(Number(room?.creationTimeMs)).toBeGreaterThan(0);
      },
    },
    {
      name: "tells how long an empty room is kept",
      run: async (stage) => {
        const { room } = await (await stage.join("alice")).next("join");

        expect([room?.emptyTimeout, room?.departureTimeout]).toEqual([300, 20]);
      },
    },
    {
      name: "gives everybody who joins a room the same room",
      run: async (stage) => {
        const alice = await (await stage.join("alice")).next("join");
        const bob = await (await stage.join("bob")).next("join");

        expect(bob.room?.sid).toBe(alice.room?.sid);
      },
    },
    {
      name: "makes the subscriber's connection primary",
      run: async (stage) => {
        expect((await (await stage.join("alice")).next("join")).subscriberPrimary).toBe(true);
      },
    },
    {
      name: "makes the publisher's connection primary for who may not subscribe",
      run: async (stage) => {
        const alice = await stage.join("alice", { grant: { canSubscribe: false } });

        expect((await alice.next("join")).subscriberPrimary).toBe(false);
      },
    },
    {
      name: "says how often to ping",
      run: async (stage) => {
        const { pingInterval, pingTimeout } = await (await stage.join("alice")).next("join");

        expect(pingInterval).toBeGreaterThan(0);
        expect(pingTimeout).toBeGreaterThan(pingInterval);
      },
    },
    {
      name: "lets clients publish early",
      run: async (stage) => expect((await (await stage.join("alice")).next("join")).fastPublish).toBe(true),
    },
    {
      name: "lists Opus, VP8, VP9 and H.264 among the codecs",
      run: async (stage) => {
        const { enabledPublishCodecs } = await (await stage.join("alice")).next("join");
        const codecs = enabledPublishCodecs.map(({ mime }) => mime.toLowerCase());

        expect(codecs).toEqual(expect.arrayContaining(["audio/opus", "video/vp8", "video/vp9", "video/h264"]));
      },
    },
    {
      name: "lists RED and AV1 among the codecs",
      differs: "mediasoup forwards no RED, and AV1 only without the dependency descriptor that receivers need",
      run: async (stage) => {
        const { enabledPublishCodecs } = await (await stage.join("alice")).next("join");
        const codecs = enabledPublishCodecs.map(({ mime }) => mime.toLowerCase());

        expect(codecs).toEqual(expect.arrayContaining(["audio/red", "video/av1"]));
      },
    },
    {
      name: "tells everything that a plain token permits",
      run: async (stage) => {
        const alice = await stage.join("alice", { grant: { canUpdateOwnMetadata: false } });
        const { participant } = await alice.next("join");

        expect(participant?.permission).toMatchObject({
          canPublish: true,
          canSubscribe: true,
          canPublishData: true,
          canUpdateMetadata: false,
          hidden: false,
        });
      },
    },
    {
      name: "tells what a narrow token permits",
      run: async (stage) => {
        const canPublishSources = [GrantSource.MICROPHONE, GrantSource.SCREEN_SHARE];
        const grant = { canSubscribe: false, canPublishData: false, canPublishSources, canUpdateOwnMetadata: true };
        const { participant } = await (await stage.join("alice", { grant })).next("join");

        expect(participant?.permission).toMatchObject({
          canSubscribe: false,
          canPublishData: false,
          canUpdateMetadata: true,
          canPublishSources: [TrackSource.MICROPHONE, TrackSource.SCREEN_SHARE],
        });
      },
    },
    {
      name: "gives a token for reconnects, of the same person and room",
      run: async (stage) => {
        const alice = await stage.join("alice", { metadata: "meta" });
        const grant = readAccessToken(await alice.next("refreshToken"));

        expect(grant).toMatchObject({ identity: "alice", room: stage.room, metadata: "meta", canJoin: true });
        expect(grant.expiresAtMs - Date.now()).toBeGreaterThan(5 * 60_000);
      },
    },
    {
      name: "takes the token that it has given",
      run: async (stage) => {
        const token = await (await stage.join("alice")).next("refreshToken");
        const again = await stage.connect(token);

        expect((await again.next("join")).participant?.identity).toBe("alice");
      },
    },
    {
      name: "offers data channels as soon as somebody has joined",
      run: async (stage) => {
        const offer = await (await stage.join("alice")).next("offer");

        expect(offer.type).toBe("offer");
        expect(offer.id).toBeGreaterThan(0);
        expect(offer.sdp).toContain("m=application");
        expect(offer.sdp).toMatch(/a=fingerprint:sha-256 /);
      },
    },
    {
      name: "tells a newcomer who is there",
      run: async (stage) => {
        const alice = await (await stage.join("alice", { name: "Alice" })).next("join");
        const { otherParticipants } = await (await stage.join("bob")).next("join");

        expect(otherParticipants.map(({ identity, sid, name }) => [identity, sid, name])).toEqual([
          ["alice", alice.participant?.sid, "Alice"],
        ]);
      },
    },
    {
      name: "tells those who are there of a newcomer",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const bob = await (await stage.join("bob", { name: "Bob" })).next("join");

        expect(await alice.sees("bob", () => true)).toMatchObject({ sid: bob.participant?.sid, name: "Bob" });
      },
    },
    {
      name: "tells of what kind a participant is",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const token = new AccessToken(stage.server.apiKey, stage.server.apiSecret, { identity: "helper" });
        token.addGrant({ roomJoin: true, room: stage.room });
        token.kind = "agent";
        await stage.connect(await token.toJwt());

        expect((await alice.sees("helper", () => true)).kind).toBe(ParticipantInfo_Kind.AGENT);
      },
    },
    {
      name: "counts versions of a participant upwards",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const bob = await stage.join("bob");
        const first = await alice.sees("bob", () => true);
        bob.send({ case: "updateMetadata", value: new UpdateParticipantMetadata({ name: "Bobby" }) });
        const later = await alice.sees("bob", ({ name }) => name === "Bobby");

        expect(later.version).toBeGreaterThan(first.version);
      },
    },
    {
      name: "tells the others who has left, and why",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const bob = await stage.join("bob");
        await alice.sees("bob", () => true);
        bob.send({ case: "leave", value: new LeaveRequest({ reason: DisconnectReason.CLIENT_INITIATED }) });
        const info = await alice.sees("bob", ({ state }) => state === ParticipantInfo_State.DISCONNECTED);

        expect(info.disconnectReason).toBe(DisconnectReason.CLIENT_INITIATED);
      },
    },
    {
      name: "closes the socket of who leaves",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await alice.next("join");
        alice.send({ case: "leave", value: new LeaveRequest({ reason: DisconnectReason.CLIENT_INITIATED }) });

        await alice.closed();
      },
    },
    {
      name: "sends the older session of an identity away",
      run: async (stage) => {
        const older = await stage.join("alice");
        await older.next("join");
        await stage.join("alice");
        const leave = await older.next("leave");

        expect(leave.reason).toBe(DisconnectReason.DUPLICATE_IDENTITY);
        expect(leave.action).toBe(LeaveRequest_Action.DISCONNECT);
        await older.closed();
      },
    },
    {
      name: "shows the newer session of an identity under a new sid",
      run: async (stage) => {
        const bob = await stage.join("bob");
        const older = await (await stage.join("alice")).next("join");
        await bob.sees("alice", () => true);
        const newer = await (await stage.join("alice")).next("join");

        expect(newer.participant?.sid).not.toBe(older.participant?.sid);
        await bob.sees("alice", ({ sid }) => sid === newer.participant?.sid);
      },
    },
    {
      name: "hides who is hidden from those who are there and those who come",
      run: async (stage) => {
        const bob = await stage.join("bob");
        await (await stage.join("spy", { grant: { hidden: true } })).next("join");
        await stage.join("alice");
        const { otherParticipants } = await (await stage.join("carol")).next("join");
        await bob.sees("carol", () => true);

        const seen = bob.all("update").flatMap(({ participants }) => participants.map(({ identity }) => identity));
        expect(seen).not.toContain("spy");
        expect(otherParticipants.map(({ identity }) => identity)).not.toContain("spy");
      },
    },
    {
      name: "shows everybody to who is hidden",
      run: async (stage) => {
        await (await stage.join("alice")).next("join");
        const { otherParticipants } = await (await stage.join("spy", { grant: { hidden: true } })).next("join");

        expect(otherParticipants.map(({ identity }) => identity)).toEqual(["alice"]);
      },
    },
    {
      name: "keeps rooms apart",
      run: async (stage) => {
        await (await stage.join("alice")).next("join");
        const { otherParticipants } = await (await stage.join("bob", { room: `${stage.room}-2` })).next("join");

        expect(otherParticipants).toEqual([]);
      },
    },
    {
      name: "takes attributes from the address of a client that may set its own",
      run: async (stage) => {
        const attributes = encodeURIComponent(Buffer.from(JSON.stringify({ seat: "12" })).toString("base64"));
        const alice = await stage.join("alice", { query: `&attributes=${attributes}` });

        expect((await alice.next("join")).participant?.attributes).toEqual({ seat: "12" });
      },
    },
    {
      name: "refuses attributes in the address of a client that may not set its own",
      run: async (stage) => {
        const attributes = encodeURIComponent(Buffer.from(JSON.stringify({ seat: "12" })).toString("base64"));
        const token = await stage.token({ grant: { canUpdateOwnMetadata: false } });

        expect(await stage.upgradeStatus(token, `&attributes=${attributes}`)).toBe(401);
      },
    },
    {
      name: "answers pings of the older kind",
      run: async (stage) => {
        const alice = await stage.join("alice");
        alice.send({ case: "ping", value: 42n });

        expect(Number(await alice.next("pong"))).toBeGreaterThan(0);
      },
    },
    {
      name: "answers pings with the client's own time",
      run: async (stage) => {
        const alice = await stage.join("alice");
        alice.send({ case: "pingReq", value: new Ping({ timestamp: 12_345n, rtt: 7n }) });
        const pong = await alice.next("pongResp");

        expect(pong.lastPingTimestamp).toBe(12_345n);
        expect(Math.abs(Number(pong.timestamp) - Date.now())).toBeLessThan(60_000);
      },
    },
    {
      name: "passes on what a client can do to the others",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await stage.join("bob", { query: "&client_protocol=2&capabilities=CAP_COMPRESSION_DEFLATE_RAW" });
        const info = await alice.sees("bob", () => true);

        expect(info.clientProtocol).toBe(2);
        expect(info.capabilities).toEqual([ClientInfo_Capability.CAP_COMPRESSION_DEFLATE_RAW]);
      },
    },
    {
      name: "speaks JSON with a client that writes text",
      run: async (stage) => {
        const token = await stage.token();
        const alice = await SignalClient.connect(stage.server.url, token, "&protocol=17", "text");
        alice.send({ case: "pingReq", value: new Ping({ timestamp: 5n }) });

        expect((await alice.next("pongResp")).lastPingTimestamp).toBe(5n);
        expect(alice.isTextReceived).toBe(true);
        alice.socket.terminate();
      },
    },
    {
      name: "ignores requests that it does not know",
      run: async (stage) => {
        const alice = await stage.join("alice");
        // Field 999, a length-delimited one, of a future protocol.
        alice.socket.send(Buffer.from([0xba, 0x3e, 0x01, 0x00]));
        alice.send({ case: "pingReq", value: new Ping({ timestamp: 9n }) });

        expect((await alice.next("pongResp")).lastPingTimestamp).toBe(9n);
      },
    },
  ],
};

import { DisconnectReason, LeaveRequest_Action, ParticipantInfo_State } from "@livekit/protocol";
import { DataPacket_Kind, RoomServiceClient } from "livekit-server-sdk";
import { expect } from "vitest";

import { readAccessToken } from "@conclave/livekit-wire";

import type { Chapter } from "../Behaviour.ts";
import type { Stage } from "../Stage.ts";

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<{ readonly code: unknown; readonly status: unknown }> {
  try {
    await call;
  } catch (fault) {
    const { code, status } = fault as { code?: unknown; status?: unknown };
    return { code, status };
  }
  throw new Error("Was not refused");
}

/** A call without the SDK. */
async function call(stage: Stage, method: string, token: string, body: object): Promise<Response> {
  return stage.get(`/twirp/livekit.RoomService/${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** RoomService, as livekit-server-sdk drives it. */
export const serverApi: Chapter = {
  subject: "server API",
  behaviours: [
    {
      name: "makes a room with its settings",
      run: async (stage) => {
        const room = await stage.api.createRoom({
          name: stage.room,
          emptyTimeout: 77,
          departureTimeout: 33,
          maxParticipants: 3,
          metadata: "topic",
        });

        expect(room).toMatchObject({ name: stage.room, emptyTimeout: 77, maxParticipants: 3, metadata: "topic" });
        expect([room.departureTimeout, room.numParticipants]).toEqual([33, 0]);
        expect(room.sid).toMatch(/^RM_/);
      },
    },
    {
      name: "gives the same room when it is made again",
      run: async (stage) => {
        const first = await stage.api.createRoom({ name: stage.room });

        expect((await stage.api.createRoom({ name: stage.room })).sid).toBe(first.sid);
      },
    },
    {
      name: "tells who joins what a made room is about",
      run: async (stage) => {
        const { sid } = await stage.api.createRoom({ name: stage.room, metadata: "topic" });
        const { room } = await (await stage.join("alice")).next("join");

        expect(room).toMatchObject({ sid, metadata: "topic" });
      },
    },
    {
      name: "lists rooms",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room });

        expect((await stage.api.listRooms()).map(({ name }) => name)).toContain(stage.room);
      },
    },
    {
      name: "lists only the rooms that are asked for",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room });
        await stage.api.createRoom({ name: `${stage.room}-2` });
        const rooms = await stage.api.listRooms([stage.room, "never-made"]);

        expect(rooms.map(({ name }) => name)).toEqual([stage.room]);
      },
    },
    {
      name: "sends everybody away when a room is deleted",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await alice.next("join");
        await stage.api.deleteRoom(stage.room);
        const leave = await alice.next("leave");

        expect([leave.reason, leave.action]).toEqual([DisconnectReason.ROOM_DELETED, LeaveRequest_Action.DISCONNECT]);
        await alice.closed();
      },
    },
    {
      name: "says not_found when a room that is not there is deleted",
      run: async (stage) => {
        expect(await refusal(stage.api.deleteRoom(stage.room))).toEqual({ code: "not_found", status: 404 });
      },
    },
    {
      name: "makes a new room under the name of a deleted one",
      run: async (stage) => {
        const { sid } = await stage.api.createRoom({ name: stage.room });
        await stage.api.deleteRoom(stage.room);

        expect((await stage.api.createRoom({ name: stage.room })).sid).not.toBe(sid);
      },
    },
    {
      name: "lists participants",
      run: async (stage) => {
        await (await stage.join("alice", { name: "Alice" })).next("join");
        await (await stage.join("bob")).next("join");
        const participants = await stage.api.listParticipants(stage.room);

        expect(participants.map(({ identity }) => identity).toSorted()).toEqual(["alice", "bob"]);
        expect(participants.find(({ identity }) => identity === "alice")?.name).toBe("Alice");
      },
    },
    {
      name: "tells of one participant",
      run: async (stage) => {
        const { participant } = await (await stage.join("alice", { metadata: "meta" })).next("join");
        const found = await stage.api.getParticipant(stage.room, "alice");

        expect(found).toMatchObject({ sid: participant?.sid, identity: "alice", metadata: "meta" });
      },
    },
    {
      name: "says not_found of a participant who is not there",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room });

        expect(await refusal(stage.api.getParticipant(stage.room, "nobody"))).toEqual({
          code: "not_found",
          status: 404,
        });
      },
    },
    {
      name: "removes a participant and tells the others why",
      run: async (stage) => {
        const alice = await stage.join("alice");
        const bob = await stage.join("bob");
        await alice.sees("bob", () => true);
        await stage.api.removeParticipant(stage.room, "bob");
        const leave = await bob.next("leave");

        expect([leave.reason, leave.action]).toEqual([
          DisconnectReason.PARTICIPANT_REMOVED,
          LeaveRequest_Action.DISCONNECT,
        ]);
        const info = await alice.sees("bob", ({ state }) => state === ParticipantInfo_State.DISCONNECTED);
        expect(info.disconnectReason).toBe(DisconnectReason.PARTICIPANT_REMOVED);
      },
    },
    {
      name: "says not_found when somebody who is not there is removed",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room });

        expect((await refusal(stage.api.removeParticipant(stage.room, "nobody"))).code).toBe("not_found");
      },
    },
    {
      name: "changes name, metadata and attributes of a participant",
      run: async (stage) => {
        const alice = await stage.join("alice", { attributes: { a: "1" } });
        await alice.next("join");
        const changes = { name: "Queen", metadata: "crown", attributes: { b: "2" } };
        await stage.api.updateParticipant(stage.room, "alice", changes);

        await alice.sees("alice", ({ name, metadata }) => name === "Queen" && metadata === "crown");
        const { attributes } = await alice.sees("alice", (info) => info.attributes["b"] === "2");
        expect(attributes).toEqual({ a: "1", b: "2" });
      },
    },
    {
      name: "changes the permission of a participant and tells it",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await alice.next("join");
        await stage.api.updateParticipant(stage.room, "alice", {
          permission: { canPublish: false, canSubscribe: true, canPublishData: true },
        });

        await alice.sees("alice", ({ permission }) => permission?.canPublish === false);
      },
    },
    {
      name: "gives a participant a token of its new permission",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await alice.next("refreshToken");
        await stage.api.updateParticipant(stage.room, "alice", {
          permission: { canPublish: false, canSubscribe: true, canPublishData: true },
        });

        await alice.next("refreshToken", (token) => !readAccessToken(token).canPublish);
      },
    },
    {
      name: "says not_found when somebody who is not there is changed",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room });
        const changing = stage.api.updateParticipant(stage.room, "nobody", { metadata: "x" });

        expect((await refusal(changing)).code).toBe("not_found");
      },
    },
    {
      name: "changes the metadata of a room and tells everybody",
      run: async (stage) => {
        const alice = await stage.join("alice");
        await alice.next("join");
        expect((await stage.api.updateRoomMetadata(stage.room, "new")).metadata).toBe("new");

        await alice.next("roomUpdate", ({ room }) => room?.metadata === "new");
      },
    },
    {
      name: "takes data for a room from outside",
      run: async (stage) => {
        await (await stage.join("alice")).next("join");

        await stage.api.sendData(stage.room, Buffer.from("hello"), DataPacket_Kind.RELIABLE, {});
      },
    },
    {
      name: "refuses calls without a token",
      run: async (stage) => {
        expect((await call(stage, "ListRooms", "", {})).status).toBe(401);
      },
    },
    {
      name: "refuses calls of a token without the grant",
      run: async (stage) => {
        const token = await stage.token({ grant: { roomJoin: true } });

        for (const [method, body] of [
          ["ListRooms", {}],
          ["CreateRoom", { name: stage.room }],
          ["ListParticipants", { room: stage.room }],
        ] as const) {
          const response = await call(stage, method, token, body);
          expect([method, response.status]).toEqual([method, 401]);
        }
      },
    },
    {
      name: "refuses the admin of another room",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room });
        const token = await stage.token({ room: "another", grant: { roomAdmin: true, room: "another" } });

        expect((await call(stage, "ListParticipants", token, { room: stage.room })).status).toBe(401);
      },
    },
    {
      name: "refuses calls that another secret has signed",
      run: async (stage) => {
        const { httpUrl, server } = stage;
        const forged = new RoomServiceClient(httpUrl, server.apiKey, "another-secret-of-more-than-32-characters");

        expect((await refusal(forged.listRooms())).status).toBe(401);
      },
    },
    {
      name: "answers JSON with lists and errors as JSON",
      run: async (stage) => {
        const token = await stage.token({ grant: { roomList: true, roomAdmin: true } });
        const list = await call(stage, "ListRooms", token, { names: ["never-made"] });
        const error = await call(stage, "GetParticipant", token, { room: stage.room, identity: "nobody" });

        expect(list.headers.get("content-type")).toMatch(/^application\/json/);
        expect(error.headers.get("content-type")).toBe("application/json");
        expect(await error.json()).toMatchObject({ code: "not_found", msg: expect.any(String) as string });
      },
    },
    {
      name: "answers protobuf with protobuf",
      run: async (stage) => {
        const token = await stage.token({ grant: { roomList: true } });
        const response = await stage.get("/twirp/livekit.RoomService/ListRooms", {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, "content-type": "application/protobuf" },
        });

        expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/protobuf"]);
      },
    },
    {
      name: "calls a method that it does not have a bad route",
      run: async (stage) => {
        const response = await call(stage, "Nonsense", await stage.token({ grant: { roomList: true } }), {});

        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ code: "bad_route" });
      },
    },
    {
      name: "calls nonsense malformed",
      run: async (stage) => {
        const response = await stage.get("/twirp/livekit.RoomService/ListRooms", {
          method: "POST",
          headers: {
            authorization: `Bearer ${await stage.token({ grant: { roomList: true } })}`,
            "content-type": "application/json",
          },
          body: "{nonsense",
        });

        expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, "malformed"]);
      },
    },
    {
      name: "lets no more into a room than it may hold",
      run: async (stage) => {
        await stage.api.createRoom({ name: stage.room, maxParticipants: 1 });
        await (await stage.join("alice")).next("join");

        expect(await stage.upgradeStatus(await stage.token({ identity: "bob" }))).not.toBe(101);
      },
    },
    {
      name: "counts who is in a room",
      run: async (stage) => {
        await (await stage.join("alice")).next("join");
        await (await stage.join("bob")).next("join");

        expect((await stage.api.listParticipants(stage.room)).length).toBe(2);
      },
    },
  ],
};

import { LeaveRequest_Action } from "@livekit/protocol";
import { RoomServiceClient } from "livekit-server-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { connect } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { API_KEYS } from "../testing/serveSfu.ts";

let lab: MemoryLab;
let api: RoomServiceClient;

beforeEach(async () => {
  lab = await startMemoryLab(false);
  api = new RoomServiceClient(lab.served.httpUrl, "devkey", API_KEYS["devkey"] ?? "");
});

afterEach(() => lab.close());

describe("death of a media worker", () => {
  it("ends the rooms on it only", async () => {
    await api.createRoom({ name: "lobby" });
    await api.createRoom({ name: "garden" });
    const alice = await connect(lab, "alice", { room: "lobby" });
    const bob = await connect(lab, "bob", { room: "garden" });

    lab.plane.rooms[0]?.die();

    expect(await alice.next("leave")).toMatchObject({ action: LeaveRequest_Action.RECONNECT });
    await connect(lab, "alice", { room: "lobby" });
    expect([bob.all("leave"), bob.closeCode]).toEqual([[], undefined]);
  });

  it("leaves a room of the same settings to which everybody can return, though joining makes none", async () => {
    await api.createRoom({ name: "lobby", metadata: "topic", maxParticipants: 7, emptyTimeout: 99 });
    const alice = await connect(lab, "alice", { room: "lobby" });
    const before = (await alice.next("join")).room;

    lab.plane.die();
    await alice.next("leave");
    const { room } = await (await connect(lab, "alice", { room: "lobby" })).next("join");

    expect(room).toMatchObject({ metadata: "topic", maxParticipants: 7, emptyTimeout: 99 });
    expect(room?.sid).not.toBe(before?.sid);
  });
});

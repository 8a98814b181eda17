import { Ping, RequestResponse_Reason, SubscriptionError, UpdateParticipantMetadata } from "@livekit/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { SfuLimits } from "./config/limits.ts";
import { announce, answerOffer, CAMERA, connect, MICROPHONE, publish } from "./testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "./testing/memoryLab.ts";
import { mintToken } from "./testing/serveSfu.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let lab: MemoryLab;

async function start(limits: Partial<SfuLimits>): Promise<void> {
  lab = await startMemoryLab(true, { limits });
}

afterEach(() => lab.close());

describe("limits", () => {
  it("end rooms: the next one is refused, those that are there go on", async () => {
    await start({ rooms: 1 });
    await (await lab.join("alice")).next("join");

    await expect(lab.join("bob", { room: "other" })).rejects.toMatchObject({ status: 503 });
    expect((await (await lab.join("bob")).next("join")).participant?.identity).toBe("bob");
  });

  it("end participants of all rooms together, and let those in again who are there", async () => {
    await start({ participants: 2 });
    await (await lab.join("alice")).next("join");
    await (await lab.join("bob", { room: "other" })).next("join");

    await expect(lab.join("carol")).rejects.toMatchObject({ status: 503 });
    await (await lab.join("alice")).next("join");
    await expect(lab.join("carol")).rejects.toMatchObject({ status: 503 });
  });

  it("hold when many come while the room is being made", async () => {
    await start({ participantsPerRoom: 3 });
    const { plane } = lab;
    const makeRoom = plane.createRoom.bind(plane);
    const gate = new EventTarget();
    const opened = new Promise((resolve) => gate.addEventListener("open", resolve));
    plane.createRoom = () => opened.then(makeRoom);
    const names = Array.from({ length: 12 }, (_, index) => `guest${index}`);

    const outcomes = Promise.all(
      names.map(async (name) => {
        const client = await lab.join(name).catch(() => undefined);
        return client?.next("join").then(
          () => "joined",
          () => client.closeReason,
        );
      }),
    );
    // Whoever asks later is answered later: by then all of them wait for the room.
    const other = await mintToken({ room: "other" });
    for (const _ of names) await fetch(`${lab.served.httpUrl}/rtc/validate?access_token=${other}`);
    gate.dispatchEvent(new Event("open"));

    const all = await outcomes;
    expect(all.filter((outcome) => outcome === "joined")).toHaveLength(3);
    const refused = all.filter((outcome) => outcome !== "joined" && outcome !== undefined);
    expect(new Set([...refused, "capacity_reached"])).toEqual(new Set(["capacity_reached"]));
  });

  it("end tracks of a participant", async () => {
    await start({ tracksPerParticipant: 1 });
    const alice = await connect(lab, "alice");
    await publish(alice, [CAMERA]);

    announce(alice, MICROPHONE);

    expect((await alice.next("requestResponse")).reason).toBe(RequestResponse_Reason.LIMIT_EXCEEDED);
  });

  it("end what one participant receives, and say so", async () => {
    await start({ subscriptionsPerParticipant: 1 });
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");
    const [first = "", second = ""] = await publish(alice, [CAMERA, MICROPHONE]);

    const offer = await answerOffer(lab, bob, ({ sdp }) => sdp.includes("TR_"));
    const refused = await bob.next("subscriptionResponse");

    const received = [first, second].filter((sid) => offer.sdp.includes(sid));
    expect(received).toHaveLength(1);
    expect(refused.err).toBe(SubscriptionError.SE_UNKNOWN);
    expect([first, second]).toContain(refused.trackSid);
    expect(received).not.toContain(refused.trackSid);
  });

  it("end the size of messages: the socket is closed, the SFU goes on", async () => {
    await start({ signalMessageBytes: 2048 });
    const alice = await lab.join("alice");
    await alice.next("join");

    alice.socket.send(new Uint8Array(4096));

    expect(await alice.closed()).toBe(1009);
    await (await lab.join("bob")).next("join");
  });

  it("end the rate of messages, after a burst", async () => {
    await start({ signalRequestsPerSecond: 5 });
    const alice = await lab.join("alice");
    const bob = await lab.join("bob");
    await alice.next("join");

    for (let index = 0; index < 51; index += 1) alice.send({ case: "pingReq", value: new Ping() });

    expect(await alice.closed()).toBe(1008);
    expect(alice.closeReason).toBe("client_too_fast");
    expect(alice.all("pongResp").length).toBeLessThanOrEqual(50);
    bob.send({ case: "pingReq", value: new Ping() });
    await bob.next("pongResp");
  });

  it("end texts about a participant, in tokens and later", async () => {
    await start({ metadataBytes: 4, nameLength: 3, attributesBytes: 6, identityLength: 6, roomNameLength: 6 });
    const refused = { status: 400 };

    await expect(lab.join("alice", { metadata: "ääää" })).rejects.toMatchObject(refused);
    await expect(lab.join("alice", { name: "four" })).rejects.toMatchObject(refused);
    await expect(lab.join("alice", { attributes: { four: "abc" } })).rejects.toMatchObject(refused);
    await expect(lab.join("carolus")).rejects.toMatchObject(refused);
    await expect(lab.join("alice", { room: "longer!" })).rejects.toMatchObject(refused);
    const bob = await lab.join("bob", { metadata: "ab", name: "Bob", attributes: { a: "b" } });
    await bob.next("join");
    bob.send({
      case: "updateMetadata",
      value: new UpdateParticipantMetadata({ requestId: 7, attributes: { four: "abc" } }),
    });
    expect((await bob.next("requestResponse")).reason).toBe(RequestResponse_Reason.LIMIT_EXCEEDED);
  });
});

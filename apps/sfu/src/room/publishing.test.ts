import {
  DataPacket,
  DataPacket_Kind,
  Encryption_Type,
  MuteTrackRequest,
  RequestResponse_Reason,
  SessionDescription,
  SubscriptionPermission,
  TrackSource,
  UpdateSubscription,
  UpdateTrackSettings,
  UserPacket,
  VideoQuality,
} from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { PPID_BINARY, PPID_DCEP, writeAck, writeOpen } from "../data/dcep.ts";
import type { MemoryRoom } from "../media/memory/MemoryPlane.ts";
import { announce, answerOffer, CAMERA, connect, MICROPHONE, publish } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import { publisherOffer } from "../testing/sdpFixtures.ts";
import type { SignalClient } from "../testing/SignalClient.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

function room(): MemoryRoom {
  const [first] = lab.plane.rooms;
  if (!first) throw new Error("no room yet");
  return first;
}

async function watch(): Promise<{ alice: SignalClient; bob: SignalClient; sid: string }> {
  const alice = await connect(lab, "alice");
  const bob = await connect(lab, "bob");
  const [sid = ""] = await publish(alice, [CAMERA]);
  await answerOffer(lab, bob, ({ sdp }) => sdp.includes(sid));
  await expect.poll(() => room().subscribers[1]?.consumers[0]?.isPaused).toBe(false);
  return { alice, bob, sid };
}

describe("publishing", () => {
  it("confirms a track before any media and echoes the id of the offer", async () => {
    const alice = await connect(lab, "alice");

    announce(alice, CAMERA);
    const { cid, track } = await alice.next("trackPublished");
    const [sid] = await publish(alice, [CAMERA], 9);

    expect(cid).toBe("camera");
    expect(track?.sid).toMatch(/^TR_VC[a-z0-9]{12}$/);
    expect(sid).toBe(track?.sid);
    expect(room().publishers[0]?.producers[0]?.rtp.encodings).toEqual([{ rid: "q" }, { rid: "h" }, { rid: "f" }]);
  });

  it("tells the others what is sent and how it is encrypted, and sends it once they have answered", async () => {
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");

    const [video = "", audio = ""] = await publish(alice, [CAMERA, MICROPHONE]);
    const offer = await answerOffer(lab, bob, ({ sdp }) => sdp.includes(audio));
    const info = await bob.sees("alice", ({ tracks }) => tracks.length === 2);
    await expect.poll(() => room().subscribers[1]?.consumers.map(({ isPaused }) => isPaused)).toEqual([false, false]);

    const { sid = "" } = (await alice.next("join")).participant ?? {};
    expect(offer.sdp).toContain(`a=msid:${sid}|${video} ${video}`);
    expect(offer.midToTrackId).toEqual({ 1: video, 2: audio });
    expect(info.tracks[0]).toMatchObject({
      sid: video,
      mimeType: "video/VP8",
      mid: "v",
      encryption: Encryption_Type.GCM,
      source: TrackSource.CAMERA,
    });
  });

  it("gives latecomers what is published already, in their first offer", async () => {
    const alice = await connect(lab, "alice");
    const [video = ""] = await publish(alice, [CAMERA]);

    const bob = await lab.join("bob");

    expect((await bob.next("join")).otherParticipants[0]?.tracks[0]?.sid).toBe(video);
    expect((await lab.pump(bob.next("offer"))).sdp).toContain(video);
  });

  it("pauses a muted track and tells everybody", async () => {
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");
    const [sid = ""] = await publish(alice, [MICROPHONE]);

    alice.send({ case: "mute", value: new MuteTrackRequest({ sid, muted: true }) });
    await bob.sees("alice", ({ tracks }) => tracks[0]?.muted === true);

    expect(room().publishers[0]?.producers[0]?.isPaused).toBe(true);
  });

  it("uses the section of a withdrawn track again for the next one", async () => {
    const alice = await connect(lab, "alice");
    const bob = await connect(lab, "bob");
    const [first = ""] = await publish(alice, [CAMERA]);
    await answerOffer(lab, bob, ({ sdp }) => sdp.includes(first));

    const idle = { ...CAMERA, direction: "inactive" };
    alice.send({ case: "offer", value: new SessionDescription({ sdp: publisherOffer([idle]), id: 2 }) });
    await bob.sees("alice", ({ tracks, version }) => tracks.length === 0 && version > 2);
    await answerOffer(lab, bob, ({ id, sdp }) => id > 2 && sdp.includes("a=inactive"));
    const [second = ""] = await publish(alice, [{ ...CAMERA, cid: "camera2" }], 3);
    const offer = await answerOffer(lab, bob, ({ sdp }) => sdp.includes(second));

    expect(offer.sdp.match(/^m=\w+/gm)).toEqual(["m=application", "m=video"]);
    expect(room().publishers[0]?.producers.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it.each([
    ["nothing may be published", { canPublish: false }],
    ["only other sources may be published", { canPublishSources: [TrackSource.CAMERA] }],
  ])("refuses a track where %s", async (_name, grant) => {
    const alice = await connect(lab, "alice", { grant });

    announce(alice, MICROPHONE);

    expect((await alice.next("requestResponse")).reason).toBe(RequestResponse_Reason.NOT_ALLOWED);
  });

  it("bounds how many tracks are announced", async () => {
    const alice = await connect(lab, "alice");

    for (let index = 0; index < 20; index += 1) announce(alice, { ...MICROPHONE, cid: `c${index}` });

    expect((await alice.next("requestResponse")).reason).toBe(RequestResponse_Reason.LIMIT_EXCEEDED);
    expect(alice.all("trackPublished")).toHaveLength(16);
  });

  it("receives nothing that was not announced", async () => {
    const alice = await connect(lab, "alice");

    alice.send({ case: "offer", value: new SessionDescription({ sdp: publisherOffer([CAMERA]), id: 1 }) });
    await alice.next("answer");

    expect(room().publishers[0]?.producers).toEqual([]);
  });
});

describe("subscribing", () => {
  it("sends the layer that fits the tile, and nothing while it is not shown", async () => {
    const { bob, sid } = await watch();
    const consumer = room().subscribers[1]?.consumers[0];

    bob.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids: [sid], width: 500, height: 280 }) });
    await expect.poll(() => consumer?.layers).toEqual({ spatial: 1, temporal: 2 });
    bob.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids: [sid], disabled: true }) });
    await expect.poll(() => consumer?.isPaused).toBe(true);
    bob.send({
      case: "trackSetting",
      value: new UpdateTrackSettings({ trackSids: [sid], quality: VideoQuality.HIGH }),
    });

    await expect.poll(() => consumer?.isPaused).toBe(false);
    expect(consumer?.layers?.spatial).toBe(2);
  });

  it("ends and renews a subscription as the client wishes", async () => {
    const { bob, sid } = await watch();

    bob.send({ case: "subscription", value: new UpdateSubscription({ trackSids: [sid], subscribe: false }) });
    await expect.poll(() => room().subscribers[1]?.consumers[0]?.isClosed).toBe(true);
    bob.send({ case: "subscription", value: new UpdateSubscription({ trackSids: [sid], subscribe: true }) });

    await expect.poll(() => room().subscribers[1]?.consumers.length).toBe(2);
  });

  it("tells the publisher when nobody watches, after a while, and at once when somebody does again", async () => {
    const { alice, bob, sid } = await watch();
    const consumer = room().subscribers[1]?.consumers[0];
    const enabled = (): boolean[][] =>
      alice
        .all("subscribedQualityUpdate")
        .map(({ subscribedQualities }) => subscribedQualities.map((each) => each.enabled));

    bob.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids: [sid], disabled: true }) });
    await expect.poll(() => consumer?.isPaused).toBe(true);
    expect(enabled()).toEqual([]);
    await lab.clock.advance(5000);
    await expect.poll(enabled).toEqual([[false, false, false]]);
    bob.send({ case: "trackSetting", value: new UpdateTrackSettings({ trackSids: [sid], width: 640, height: 360 }) });

    await expect.poll(enabled).toEqual([
      [false, false, false],
      [true, true, false],
    ]);
  });

  it("says so when a wanted track does not exist", async () => {
    const { bob } = await watch();

    bob.send({ case: "subscription", value: new UpdateSubscription({ trackSids: ["TR_none"], subscribe: true }) });

    expect((await bob.next("subscriptionResponse")).trackSid).toBe("TR_none");
  });

  it("takes a track from those whom its publisher forbids it", async () => {
    const { alice, bob, sid } = await watch();

    alice.send({ case: "subscriptionPermission", value: new SubscriptionPermission({ allParticipants: false }) });

    expect(await bob.next("subscriptionPermissionUpdate")).toMatchObject({ trackSid: sid, allowed: false });
    await expect.poll(() => room().subscribers[1]?.consumers[0]?.isClosed).toBe(true);
  });

  it("sends nothing to those who may not subscribe", async () => {
    const alice = await connect(lab, "alice");
    await answerOffer(lab, await lab.join("bob", { grant: { canSubscribe: false } }));
    await publish(alice, [CAMERA]);
    await alice.sees("alice", ({ tracks }) => tracks.length === 1);

    expect(room().subscribers[1]?.consumers).toEqual([]);
  });

  it("tells who speaks", async () => {
    const { alice, bob } = await watch();
    const producerId = room().publishers[0]?.producers[0]?.id ?? "";

    room().audioLevels.emit([{ producerId, level: 0.5 }]);

    const { speakers } = await bob.next("speakersChanged");
    expect(speakers[0]).toMatchObject({ sid: (await alice.next("join")).participant?.sid, level: 0.5, active: true });
  });
});

describe("data", () => {
  it("reaches the others with the true sender, on the channel it came from", async () => {
    const alice = await connect(lab, "alice");
    await connect(lab, "bob");
    const [up] = room().publishers;
    const down = room().subscribers[1];
    for (const streamId of [1, 3]) down?.sctpReceived.emit({ streamId, ppid: PPID_DCEP, payload: writeAck() });
    const user = new UserPacket({ payload: Uint8Array.of(7), participantIdentity: "mallory" });
    const packet = new DataPacket({ participantIdentity: "mallory", value: { case: "user", value: user } });

    up?.sctpReceived.emit({ streamId: 2, ppid: PPID_DCEP, payload: writeOpen("_lossy", true) });
    up?.sctpReceived.emit({ streamId: 2, ppid: PPID_BINARY, payload: packet.toBinary() });

    const sent = down?.sentSctp.find(({ ppid }) => ppid === PPID_BINARY);
    expect(sent?.streamId).toBe(3);
    const received = DataPacket.fromBinary(sent?.payload ?? new Uint8Array());
    expect(received).toMatchObject({ participantIdentity: "alice", kind: DataPacket_Kind.LOSSY });
    expect(received.value.value).toMatchObject({ participantIdentity: "alice" });
    expect((await alice.next("join")).participant?.sid).toBe(received.participantSid);
  });
});

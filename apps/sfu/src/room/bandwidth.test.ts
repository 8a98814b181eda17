import { Ping, StreamState } from "@livekit/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { MemoryConsumer } from "../media/memory/MemoryTransport.ts";
import { answerOffer, CAMERA, connect, MICROPHONE, publish } from "../testing/labActions.ts";
import { type MemoryLab, startMemoryLab } from "../testing/memoryLab.ts";
import type { SignalClient } from "../testing/SignalClient.ts";

let lab: MemoryLab;

beforeEach(async () => {
  lab = await startMemoryLab();
});

afterEach(() => lab.close());

/** Alice and bob have cameras and microphones, carol watches. */
async function talk(): Promise<{ alice: SignalClient; carol: SignalClient; sid: string }> {
  const alice = await connect(lab, "alice");
  const bob = await connect(lab, "bob");
  const carol = await connect(lab, "carol");
  const [sid = ""] = await publish(alice, [CAMERA, MICROPHONE]);
  const first = await answerOffer(lab, carol, ({ sdp }) => sdp.includes(sid));
  const [other = ""] = await publish(bob, [CAMERA, MICROPHONE]);
  await answerOffer(lab, carol, ({ sdp, id }) => id > first.id && sdp.includes(other));
  await expect.poll(() => videos().length).toBe(2);
  return { alice, carol, sid };
}

/** What carol receives of the cameras, alice's first. */
function videos(): MemoryConsumer[] {
  const consumers = lab.plane.rooms[0]?.subscribers[2]?.consumers ?? [];
  return consumers.filter(({ rtp }) => rtp.codecs[0]?.mimeType === "video/VP8");
}

function speak(publisher: number): void {
  const [room] = lab.plane.rooms;
  const microphone = room?.publishers[publisher]?.producers.find(({ kind }) => kind === "audio");
  room?.audioLevels.emit(microphone ? [{ producerId: microphone.id, level: 0.5 }] : []);
}

describe("short bandwidth", () => {
  it("serves the video of who speaks before the others, and follows when somebody else does", async () => {
    await talk();

    speak(0);
    await expect.poll(() => videos().map(({ priority }) => priority)).toEqual([3, 1]);
    for (let tick = 0; tick < 3; tick += 1) speak(1);

    await expect.poll(() => videos().map(({ priority }) => priority)).toEqual([1, 3]);
  });

  it("tells a subscriber which video is not sent for want of bandwidth, and when it is again", async () => {
    const { carol, sid } = await talk();

    videos()[0]?.starved.emit(true);
    const paused = await carol.next("streamStateUpdate");
    videos()[0]?.starved.emit(false);
    const active = await carol.next(
      "streamStateUpdate",
      ({ streamStates }) => streamStates[0]?.state === StreamState.ACTIVE,
    );

    expect(paused.streamStates).toMatchObject([{ trackSid: sid, state: StreamState.PAUSED }]);
    expect(active.streamStates).toMatchObject([{ trackSid: sid }]);
  });

  it("tells a publisher once that its track is received", async () => {
    const { alice, sid } = await talk();

    await alice.next("trackSubscribed", ({ trackSid }) => trackSid === sid);
    const dave = await connect(lab, "dave");
    const resumed = (): number =>
      lab.plane.rooms[0]?.subscribers[3]?.consumers.filter(({ isPaused }) => !isPaused).length ?? 0;
    await answerOffer(lab, dave, ({ sdp }) => sdp.includes(sid));
    await expect.poll(resumed).toBe(4);
    alice.send({ case: "pingReq", value: new Ping({ timestamp: 1n }) });
    await alice.next("pongResp");

    expect(alice.all("trackSubscribed").filter(({ trackSid }) => trackSid === sid)).toHaveLength(1);
  });
});

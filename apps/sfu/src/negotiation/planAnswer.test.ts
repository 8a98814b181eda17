import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { memoryCapabilities } from "../media/memory/memoryCapabilities.ts";
import { type OfferedSection, publisherOffer } from "../testing/sdpFixtures.ts";
import { parseSdp } from "./parseSdp.ts";
import { planAnswer, type SectionPlan, type WantedTrack, writeAnswer } from "./planAnswer.ts";

const CAMERA: OfferedSection = { kind: "video", mid: "2", cid: "camera", rids: ["f", "h", "q"] };
const MICROPHONE: OfferedSection = { kind: "audio", mid: "1", cid: "microphone", ssrc: 77 };
const TRANSPORT = {
  iceUfrag: "ours",
  icePassword: "our-password",
  fingerprint: { algorithm: "sha-256", value: "AB:CD" },
  candidates: [
    { foundation: "u", protocol: "udp", priority: 9, address: "192.0.2.1", port: 7882 },
    { foundation: "t", protocol: "tcp", priority: 8, address: "192.0.2.1", port: 7882 },
  ],
} as const;

function plan(sections: readonly OfferedSection[], wanted: Partial<WantedTrack> = {}): SectionPlan[] {
  const track = { mimeType: undefined, isStereo: false, hasDtx: true, layerCount: 3, ...wanted };
  return planAnswer(parseSdp(publisherOffer(sections)), memoryCapabilities, () => track);
}

function answer(plans: readonly SectionPlan[]): string {
  return writeAnswer(plans, TRANSPORT, { sessionId: 5, version: 6 });
}

describe("planAnswer", () => {
  it("takes the payload types of the offer and the layers in ascending order", () => {
    const rtp = plan([CAMERA])[1]?.rtp;

    expect(rtp?.codecs.map(({ mimeType, payloadType }) => [mimeType, payloadType])).toEqual([
      ["video/VP8", 106],
      ["video/rtx", 107],
    ]);
    expect(rtp?.encodings).toEqual([{ rid: "q" }, { rid: "h" }, { rid: "f" }]);
  });

  it("finds a stream without layers by its SSRC", () => {
    const rtp = plan([MICROPHONE])[1]?.rtp;

    expect(rtp?.encodings).toEqual([{ ssrc: 77, rtxSsrc: 78 }]);
    expect(rtp?.cname).toBe("somebody");
  });

  it("puts the codec that the track was announced with first, because that is what browsers send", () => {
    const [, video] = plan([CAMERA], { mimeType: "video/H264" });

    expect(video?.codecs.map(({ payloadType }) => payloadType).slice(0, 2)).toEqual([110, 112]);
    expect(video?.rtp?.codecs.map(({ mimeType }) => mimeType)).toEqual(["video/H264", "video/rtx"]);
  });

  it("chooses the VP9 profile and the H264 packetization that the media plane has", () => {
    const codecs = plan([CAMERA])[1]?.codecs ?? [];

    expect(codecs.find(({ mimeType }) => mimeType === "video/VP9")?.payloadType).toBe(114);
    expect(codecs.find(({ mimeType }) => mimeType === "video/H264")?.payloadType).toBe(110);
  });

  it("names the layers of an SVC stream", () => {
    const section = { ...CAMERA, rids: [], ssrc: 9 };

    const encodings = plan([section], { mimeType: "video/VP9" })[1]?.rtp?.encodings;

    expect(encodings).toEqual([{ ssrc: 9, rtxSsrc: 10, scalabilityMode: "L3T3_KEY" }]);
  });

  it("accepts only extensions and feedback that the media plane knows", () => {
    const [, video] = plan([CAMERA]);

    expect(video?.extensions).toEqual([{ id: 4, uri: "urn:ietf:params:rtp-hdrext:sdes:mid" }]);
    expect(video?.codecs[0]?.feedback.map(({ type }) => type)).not.toContain("x-unheard-of");
  });

  it("offers DTX and stereo as the track was announced", () => {
    const parameters = plan([MICROPHONE], { isStereo: true, hasDtx: false })[1]?.codecs[0]?.parameters;

    expect(parameters).toMatchObject({ useinbandfec: 1, stereo: 1 });
    expect(parameters).not.toHaveProperty("usedtx");
    expect(plan([MICROPHONE])[1]?.codecs[0]?.parameters).toMatchObject({ usedtx: 1 });
  });

  it("receives nothing in sections that send nothing", () => {
    const plans = plan([
      { ...MICROPHONE, mid: "a", direction: "recvonly" },
      { ...MICROPHONE, mid: "b", direction: "inactive" },
      { ...MICROPHONE, mid: "c", port: 0 },
    ]);

    expect(plans.map(({ outcome }) => outcome)).toEqual(["data", "idle", "idle", "rejected"]);
    expect(plans.every(({ rtp }) => rtp === undefined)).toBe(true);
  });
});

describe("writeAnswer", () => {
  it("keeps the order of the sections and leaves rejected ones out of the bundle", () => {
    const sdp = answer(plan([CAMERA, { ...MICROPHONE, port: 0 }]));

    expect(sdp.match(/^m=\w+ \d+/gm)).toEqual(["m=application 9", "m=video 9", "m=audio 0"]);
    expect(sdp).toContain("a=group:BUNDLE data 2\r\n");
  });

  it("is the passive side of an ICE-lite server with all its candidates", () => {
    const sdp = answer(plan([]));

    expect(sdp).toContain("a=ice-lite\r\n");
    expect(sdp).toContain("a=setup:passive\r\n");
    expect(sdp).toContain("a=candidate:u 1 udp 9 192.0.2.1 7882 typ host\r\n");
    expect(sdp).toContain("a=candidate:t 1 tcp 8 192.0.2.1 7882 typ host tcptype passive\r\n");
  });

  it("answers simulcast in the order of the offer", () => {
    const sdp = answer(plan([CAMERA]));

    expect(sdp).toContain("a=rid:f recv\r\na=rid:h recv\r\na=rid:q recv\r\na=simulcast:recv f;h;q\r\n");
  });

  it("can be read again for whatever sections were offered", () => {
    const section = fc.record({
      kind: fc.constantFrom("audio" as const, "video" as const),
      cid: fc.constantFrom("a", "b"),
      direction: fc.constantFrom("sendonly", "sendrecv", "recvonly", "inactive"),
      port: fc.constantFrom(0, 9),
      rids: fc.subarray(["q", "h", "f"]),
    });
    fc.assert(
      fc.property(fc.array(section, { maxLength: 6 }), (sections) => {
        const offered = sections.map((each, index) => ({ ...each, mid: `m${index}` }));

        const { media } = parseSdp(answer(plan(offered)));

        expect(media.map(({ mid }) => mid)).toEqual(["data", ...offered.map(({ mid }) => mid)]);
        expect(media.filter(({ direction }) => direction === "sendonly" || direction === "sendrecv")).toHaveLength(1);
      }),
    );
  });
});

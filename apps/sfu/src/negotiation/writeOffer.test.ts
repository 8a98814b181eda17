import { describe, expect, it } from "vitest";

import { memoryCapabilities } from "../media/memory/memoryCapabilities.ts";
import { parseSdp } from "./parseSdp.ts";
import { type OfferSection, writeOffer } from "./writeOffer.ts";

const TRANSPORT = {
  iceUfrag: "ours",
  icePassword: "our-password",
  fingerprint: { algorithm: "sha-256", value: "AB:CD" },
  candidates: [],
};
const VIDEO: OfferSection = {
  mid: "1",
  kind: "video",
  isStereo: false,
  rtp: {
    mid: "1",
    codecs: memoryCapabilities.codecs.filter(({ payloadType }) => payloadType === 96 || payloadType === 101),
    extensions: [{ id: 1, uri: "urn:ietf:params:rtp-hdrext:sdes:mid" }],
    encodings: [{ ssrc: 5, rtxSsrc: 6 }],
    cname: "room",
  },
  occupant: { participantSid: "PA_a", trackSid: "TR_v" },
};
const AUDIO: OfferSection = {
  ...VIDEO,
  mid: "2",
  kind: "audio",
  rtp: { ...VIDEO.rtp, codecs: memoryCapabilities.codecs.slice(0, 1), encodings: [{ ssrc: 7 }] },
};

function offer(sections: readonly OfferSection[]): string {
  return writeOffer(sections, TRANSPORT, { sessionId: 1, version: 2 });
}

describe("writeOffer", () => {
  it("names participant and track in the stream, the track and each SSRC", () => {
    const sdp = offer([VIDEO]);

    expect(sdp).toContain("a=msid:PA_a|TR_v TR_v\r\na=ssrc-group:FID 5 6\r\n");
    expect(sdp).toContain("a=ssrc:6 msid:PA_a|TR_v TR_v\r\n");
  });

  it("keeps an empty section with its codecs but without streams", () => {
    const { media } = parseSdp(offer([{ ...VIDEO, occupant: undefined }, AUDIO]));

    expect(media.map(({ direction }) => direction)).toEqual(["sendrecv", "inactive", "sendonly"]);
    expect(media[1]).toMatchObject({ trackId: undefined, ssrcs: [] });
    expect(media[1]?.codecs).toHaveLength(2);
  });

  it("lets the client choose to be the DTLS client", () => {
    expect(offer([])).toContain("a=setup:actpass\r\n");
  });

  it("tells of two channels only where the sender has them", () => {
    expect(offer([{ ...AUDIO, isStereo: true }])).toContain("usedtx=1;sprop-stereo=1\r\n");
    expect(offer([AUDIO])).not.toContain("stereo");
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SfuError } from "../errors.ts";
import { publisherOffer } from "../testing/sdpFixtures.ts";
import { MAX_SDP_CHARACTERS, MAX_SECTIONS, parseSdp } from "./parseSdp.ts";

function codeOf(sdp: string): string {
  try {
    parseSdp(sdp);
    return "none";
  } catch (fault) {
    return fault instanceof SfuError ? fault.code : `not coded: ${String(fault)}`;
  }
}

describe("parseSdp", () => {
  it("reads what an SFU needs of a simulcast section", () => {
    const offer = publisherOffer([{ kind: "video", mid: "2", cid: "track", rids: ["q", "h", "f"] }]);

    const { media, iceUfrag, fingerprint } = parseSdp(offer);

    expect(iceUfrag).toBe("abcd");
    expect(fingerprint.algorithm).toBe("sha-256");
    expect(media[1]).toMatchObject({
      kind: "video",
      mid: "2",
      direction: "sendonly",
      trackId: "track",
      sendRids: ["q", "h", "f"],
    });
    expect(media[1]?.codecs[0]).toMatchObject({ payloadType: 106, name: "VP8", clockRateHz: 90_000, channels: 1 });
    expect(media[1]?.codecs[1]).toMatchObject({ name: "rtx", parameters: { apt: "106" } });
  });

  it("pairs streams with their retransmissions", () => {
    const [, section] = parseSdp(publisherOffer([{ kind: "audio", mid: "1", ssrc: 77 }])).media;

    expect(section?.ssrcs).toEqual([77, 78]);
    expect(section?.rtxOf.get(77)).toBe(78);
    expect(section?.cname).toBe("somebody");
  });

  it.each([
    ["nothing", ""],
    ["a letter", "hello"],
    ["a session without ICE", "v=0\r\ns=-\r\n"],
    ["a session without fingerprint", "v=0\r\na=ice-ufrag:x\r\n"],
    ["a fingerprint of nonsense", publisherOffer().replace(/sha-256 .*/g, "sha-256 zz:zz")],
    ["a section without mid", publisherOffer().replace("a=mid:data", "a=mad:data")],
    ["a mid of many characters", publisherOffer().replaceAll("data", "d".repeat(50))],
    ["a mid with a blank", publisherOffer().replace("a=mid:data", "a=mid:da ta")],
    ["one mid twice", publisherOffer([{ kind: "audio", mid: "data" }])],
    ["a payload type out of range", publisherOffer([{ kind: "audio", mid: "1" }]).replaceAll("111", "911")],
    ["an extension of nonsense", publisherOffer([{ kind: "audio", mid: "1" }]).replace("extmap:4", "extmap:four")],
    ["an SSRC out of range", publisherOffer([{ kind: "audio", mid: "1", ssrc: 5_000_000_000 }])],
    ["too long a line", publisherOffer() + "a=x:" + "x".repeat(5000)],
    ["too long a text", `v=0\r\n${"a=x\r\n".repeat(MAX_SDP_CHARACTERS / 4)}`],
    ["too many sections", publisherOffer() + "m=audio 9 X 0\r\na=mid:1\r\n".repeat(MAX_SECTIONS + 1)],
  ])("refuses %s", (_name, sdp) => {
    expect(codeOf(sdp)).toBe("sdp_malformed");
  });

  it("answers an offer with any damage with a session or a coded error", () => {
    const offer = publisherOffer([{ kind: "video", mid: "2", cid: "t", rids: ["q"], ssrc: 5 }]);
    fc.assert(
      fc.property(fc.nat(offer.length), fc.nat(40), fc.string(), (at, length, replacement) => {
        const damaged = offer.slice(0, at) + replacement + offer.slice(at + length);
        expect(codeOf(damaged)).toMatch(/^(none|sdp_malformed)$/);
      }),
      { numRuns: 500 },
    );
  });
});

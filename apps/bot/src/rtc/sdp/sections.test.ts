import { describe, expect, it } from "vitest";

import { isIceLite, readSections, rewriteSections, splitCandidates, withDirection } from "./sections.ts";

const SDP = [
  "v=0",
  "a=ice-lite",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=mid:0",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
  "a=mid:1",
  "a=sendonly",
  "a=rtpmap:96 VP8/90000",
  "a=rtpmap:97 rtx/90000",
  "a=msid:PA_1|TR_1 TR_1",
  "a=ssrc:11 cname:x",
  "a=ssrc:11 msid:PA_1|TR_1 TR_1",
  "a=ssrc:12 cname:x",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=mid:2",
  "a=inactive",
  "m=audio 0 UDP/TLS/RTP/SAVPF 111",
  "a=mid:3",
  "a=sendonly",
  "",
].join("\r\n");

describe("readSections", () => {
  it("reads who sends what in which section", () => {
    const [data, video, idle, rejected] = readSections(SDP);

    expect(data).toMatchObject({ mid: "0", kind: "application", isSending: false });
    expect(video).toMatchObject({ mid: "1", kind: "video", isSending: true, streamId: "PA_1|TR_1", ssrcs: [11, 12] });
    expect([...(video?.codecs ?? [])]).toEqual([
      [96, "vp8"],
      [97, "rtx"],
    ]);
    expect([idle?.isSending, rejected?.isSending]).toEqual([false, false]);
  });

  it("finds nothing in nonsense", () => {
    expect(readSections("")).toEqual([]);
    expect(readSections("m=")).toMatchObject([{ mid: "", isSending: false }]);
  });
});

describe("rewriteSections", () => {
  it("changes the lines of the sections that it is told to, and no others", () => {
    const changed = rewriteSections(SDP, (lines, mid) => (mid === "2" ? withDirection(lines, "sendonly") : [...lines]));

    expect(changed).toBe(SDP.replace("a=inactive", "a=sendonly"));
  });
});

describe("isIceLite", () => {
  it("looks for the attribute", () => {
    expect([isIceLite(SDP), isIceLite("v=0\r\n")]).toEqual([true, false]);
  });
});

describe("splitCandidates", () => {
  it("takes the addresses out as they would be trickled, and what says that there are no more", () => {
    const lines = [
      "m=audio 9 X 111",
      "a=candidate:1 1 udp 1 127.0.0.1 7882 typ host",
      "a=end-of-candidates",
      "a=mid:0",
    ];

    expect(splitCandidates(lines)).toEqual({
      candidates: ["candidate:1 1 udp 1 127.0.0.1 7882 typ host"],
      others: ["m=audio 9 X 111", "a=mid:0"],
    });
  });
});

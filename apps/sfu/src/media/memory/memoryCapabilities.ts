import type { MediaCapabilities, MediaKind, RtpCodec } from "../MediaPlane.ts";

const VIDEO_FEEDBACK = [
  { type: "nack", parameter: "" },
  { type: "nack", parameter: "pli" },
  { type: "transport-cc", parameter: "" },
];

function codec(kind: MediaKind, name: string, payloadType: number, parameters: RtpCodec["parameters"] = {}) {
  const base = { kind, mimeType: `${kind}/${name}`, payloadType, parameters };
  if (kind === "audio") return { ...base, clockRateHz: 48_000, channels: 2, feedback: [] };
  return { ...base, clockRateHz: 90_000, feedback: VIDEO_FEEDBACK };
}

/** The same codecs as the real plane has. */
export const memoryCapabilities: MediaCapabilities = {
  codecs: [
    codec("audio", "opus", 111, { minptime: 10, useinbandfec: 1, usedtx: 1 }),
    codec("video", "VP8", 96),
    codec("video", "rtx", 101, { apt: 96 }),
    codec("video", "VP9", 97, { "profile-id": 0 }),
    codec("video", "H264", 98, { "packetization-mode": 1, "profile-level-id": "42e01f" }),
  ],
  receivableExtensions: (["audio", "video"] as const).flatMap((kind) => [
    { kind, uri: "urn:ietf:params:rtp-hdrext:sdes:mid" },
    { kind, uri: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id" },
    { kind, uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01" },
  ]),
};

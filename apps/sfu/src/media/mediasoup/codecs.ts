import type { types } from "mediasoup";

import type { MediaCapabilities, MediaKind, RtpCodec, RtpDescription } from "../MediaPlane.ts";

/**
 * What routers forward. Preferred payload types stay below 100, except Opus at 111: mediasoup hands out the rest,
 * RTX included, from 100 upwards and refuses a clash.
 */
export const ROUTER_CODECS: types.RouterRtpCodecCapability[] = [
  {
    kind: "audio",
    mimeType: "audio/opus",
    clockRate: 48_000,
    channels: 2,
    preferredPayloadType: 111,
    parameters: { minptime: 10, useinbandfec: 1, usedtx: 1 },
  },
  { kind: "video", mimeType: "video/VP8", clockRate: 90_000, preferredPayloadType: 96 },
  {
    kind: "video",
    mimeType: "video/VP9",
    clockRate: 90_000,
    preferredPayloadType: 97,
    parameters: { "profile-id": 0 },
  },
  {
    kind: "video",
    mimeType: "video/H264",
    clockRate: 90_000,
    preferredPayloadType: 98,
    parameters: { "packetization-mode": 1, "profile-level-id": "42e01f", "level-asymmetry-allowed": 1 },
  },
];

/** Extensions that receivers have no use for, or (dependency descriptor) that only make sense with AV1. */
const UNSENT_EXTENSIONS = /dependency|toffset|abs-capture|playout|ssrc-audio-level|packet-id/i;
const UNRECEIVED_EXTENSIONS = /dependency|packet-id/i;

/** What subscribers are assumed to receive: all that the router can send, less what no client wants. */
export function subscriberCapabilities(router: types.RtpCapabilities): types.RtpCapabilities {
  return {
    codecs: [...(router.codecs ?? [])],
    headerExtensions: (router.headerExtensions ?? []).filter((extension) => !UNSENT_EXTENSIONS.test(extension.uri)),
  };
}

/** mediasoup's router capabilities in the words of the port. */
export function toCapabilities(router: types.RtpCapabilities): MediaCapabilities {
  return {
    codecs: (router.codecs ?? []).map((codec) => ({
      kind: codec.kind,
      ...toCodec({ ...codec, payloadType: codec.preferredPayloadType ?? 0 }),
    })),
    receivableExtensions: (router.headerExtensions ?? [])
      .filter(({ direction, uri }) => direction !== "sendonly" && !UNRECEIVED_EXTENSIONS.test(uri))
      .map(({ uri, kind }) => ({ uri, kind })),
  };
}

/**
 * How a consumer is sent, in the words of the port. mediasoup keeps each publisher's own codec parameters, but one
 * payload type must mean the same in all sections of a bundle (RFC 9143 §9.3), so they become the router's.
 */
export function toDescription(rtp: types.RtpParameters, router: types.RtpCapabilities): RtpDescription {
  const own = new Map((router.codecs ?? []).map((codec) => [codec.preferredPayloadType, codec.parameters ?? {}]));
  return {
    mid: rtp.mid ?? "",
    codecs: rtp.codecs.map((codec) => toCodec({ ...codec, parameters: own.get(codec.payloadType) ?? {} })),
    extensions: (rtp.headerExtensions ?? []).map(({ uri, id }) => ({ uri, id })),
    encodings: (rtp.encodings ?? []).map(({ ssrc, rtx }) => ({
      ...(ssrc === undefined ? {} : { ssrc }),
      ...(rtx === undefined ? {} : { rtxSsrc: rtx.ssrc }),
    })),
    cname: rtp.rtcp?.cname ?? "",
  };
}

/** How a producer is received, in mediasoup's words. */
export function toRtpParameters(kind: MediaKind, rtp: RtpDescription): types.RtpParameters {
  return {
    mid: rtp.mid,
    codecs: rtp.codecs.map((codec) => ({
      mimeType: codec.mimeType,
      payloadType: codec.payloadType,
      clockRate: codec.clockRateHz,
      ...(kind === "audio" && codec.channels ? { channels: codec.channels } : {}),
      parameters: codec.parameters,
      rtcpFeedback: codec.feedback.map(({ type, parameter }) => ({ type, parameter })),
    })),
    headerExtensions: rtp.extensions.map(({ uri, id }) => ({ uri: uri as types.RtpHeaderExtensionUri, id })),
    encodings: rtp.encodings.map(({ rid, ssrc, rtxSsrc, scalabilityMode }) => ({
      ...(rid === undefined ? {} : { rid }),
      ...(ssrc === undefined ? {} : { ssrc }),
      ...(rtxSsrc === undefined ? {} : { rtx: { ssrc: rtxSsrc } }),
      ...(scalabilityMode === undefined ? {} : { scalabilityMode }),
    })),
    rtcp: { cname: rtp.cname, reducedSize: true },
  };
}

function toCodec(codec: types.RtpCodecParameters): RtpCodec {
  return {
    mimeType: codec.mimeType,
    payloadType: codec.payloadType,
    clockRateHz: codec.clockRate,
    ...(codec.channels === undefined ? {} : { channels: codec.channels }),
    parameters: (codec.parameters ?? {}) as RtpCodec["parameters"],
    feedback: (codec.rtcpFeedback ?? []).map(({ type, parameter }) => ({ type, parameter: parameter ?? "" })),
  };
}

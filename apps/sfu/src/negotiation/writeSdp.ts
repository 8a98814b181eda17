import type { RtpCodec, RtpExtension, TransportDescription } from "../media/MediaPlane.ts";

const SCTP_PORT = 5000;
const MAX_DATA_MESSAGE_BYTES = 262_144;

export interface SessionHead {
  readonly sessionId: number;
  /** Grows with every SDP of one peer connection. */
  readonly version: number;
  readonly mids: readonly string[];
}

/** Session-level lines. We are ICE-lite and bundle everything (RFC 8829 §5.2.1, RFC 9143). */
export function sessionLines({ sessionId, version, mids }: SessionHead): string[] {
  return [
    "v=0",
    `o=- ${sessionId} ${version} IN IP4 0.0.0.0`,
    "s=-",
    "t=0 0",
    "a=ice-lite",
    "a=extmap-allow-mixed",
    "a=msid-semantic: WMS *",
    `a=group:BUNDLE ${mids.join(" ")}`,
  ];
}

/** ICE, DTLS and candidate lines of one section. `actpass` in offers, `passive` in answers: clients are DTLS clients. */
export function transportLines(transport: TransportDescription, setup: "actpass" | "passive"): string[] {
  const { iceUfrag, icePassword, fingerprint, candidates } = transport;
  return [
    `a=ice-ufrag:${iceUfrag}`,
    `a=ice-pwd:${icePassword}`,
    `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`,
    `a=setup:${setup}`,
    ...candidates.map(
      ({ foundation, protocol, priority, address, port }) =>
        `a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ host` +
        (protocol === "tcp" ? " tcptype passive" : ""),
    ),
    "a=end-of-candidates",
  ];
}

/** The data channel section (RFC 8841). */
export function dataSection(mid: string, transport: readonly string[]): string[] {
  return [
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    ...transport,
    `a=sctp-port:${SCTP_PORT}`,
    `a=max-message-size:${MAX_DATA_MESSAGE_BYTES}`,
  ];
}

export interface MediaSection {
  readonly kind: string;
  readonly mid: string;
  readonly direction: "sendonly" | "recvonly" | "inactive";
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly RtpExtension[];
}

/** An RTP section up to and without its msid, SSRC and RID lines. */
export function mediaSection(section: MediaSection, transport: readonly string[]): string[] {
  return [
    `m=${section.kind} 9 UDP/TLS/RTP/SAVPF ${section.codecs.map(({ payloadType }) => payloadType).join(" ")}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${section.mid}`,
    ...transport,
    "a=rtcp-mux",
    "a=rtcp-rsize",
    `a=${section.direction}`,
    ...section.codecs.flatMap(codecLines),
    ...section.extensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
  ];
}

/** A section that is refused for good: nothing in it can be received (RFC 8829 §5.3.1). */
export function rejectedSection(kind: string, mid: string, protocol: string, format: string): string[] {
  return [`m=${kind} 0 ${protocol} ${format}`, "c=IN IP4 0.0.0.0", `a=mid:${mid}`, "a=inactive"];
}

/** Joins lines into an SDP. */
export function toSdp(lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n`;
}

function codecLines({ payloadType, mimeType, clockRateHz, channels, parameters, feedback }: RtpCodec): string[] {
  const name = mimeType.slice(mimeType.indexOf("/") + 1);
  const suffix = channels !== undefined && channels > 1 ? `/${channels}` : "";
  const format = Object.entries(parameters)
    .map(([key, value]) => (value === "" ? key : `${key}=${value}`))
    .join(";");
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRateHz}${suffix}`,
    ...(format === "" ? [] : [`a=fmtp:${payloadType} ${format}`]),
    ...feedback.map(({ type, parameter }) => `a=rtcp-fb:${payloadType} ${type}${parameter && ` ${parameter}`}`),
  ];
}

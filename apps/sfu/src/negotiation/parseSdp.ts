import { SfuError } from "../errors.ts";
import type { Fingerprint, RtcpFeedback, RtpExtension } from "../media/MediaPlane.ts";

/** Longest SDP that is read. A hundred sections of Chromium are about 300 kB. */
export const MAX_SDP_CHARACTERS = 1_000_000;
/** Most m-sections in one SDP. */
export const MAX_SECTIONS = 512;
const MAX_LINES = 50_000;
const MAX_LINE_CHARACTERS = 4096;
/** RFC 9143: the MID header extension carries at most this much in its one-byte form. */
const MAX_MID_CHARACTERS = 16;

export type SdpDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface SdpCodec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRateHz: number;
  readonly channels: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly feedback: readonly RtcpFeedback[];
}

/** One m-section, only with what an SFU reads. */
export interface SdpMedia {
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly mid: string;
  readonly direction: SdpDirection;
  readonly codecs: readonly SdpCodec[];
  readonly extensions: readonly RtpExtension[];
  /** Track id of the msid: the client id of the track. */
  readonly trackId: string | undefined;
  readonly ssrcs: readonly number[];
  /** RTX stream of a media stream (FID groups). */
  readonly rtxOf: ReadonlyMap<number, number>;
  readonly cname: string | undefined;
  /** RIDs that are sent, in the order of the offer. */
  readonly sendRids: readonly string[];
}

export interface SdpSession {
  readonly iceUfrag: string;
  readonly fingerprint: Fingerprint;
  readonly allowsMixedExtensions: boolean;
  readonly media: readonly SdpMedia[];
}

/**
 * Reads the parts of an SDP that decide about media. All of it comes from a client: whatever is not well-formed is
 * refused before it can reach the media worker.
 *
 * @throws {SfuError} `sdp_malformed`
 * @see RFC 8866, RFC 8829
 */
export function parseSdp(text: string): SdpSession {
  if (text.length > MAX_SDP_CHARACTERS) return malformed("too long");
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES || lines.some((line) => line.length > MAX_LINE_CHARACTERS)) return malformed("too long");
  if (lines[0] !== "v=0") return malformed("no version line");
  const [head = [], ...sections] = splitSections(lines);
  if (sections.length > MAX_SECTIONS) return malformed("too many sections");
  const media = sections.map(parseMedia);
  if (new Set(media.map(({ mid }) => mid)).size !== media.length) return malformed("a mid occurs twice");
  return {
    iceUfrag: firstValue([head, ...sections], "ice-ufrag") ?? malformed("no ice-ufrag"),
    fingerprint: parseFingerprint(firstValue([head, ...sections], "fingerprint")),
    allowsMixedExtensions: head.includes("a=extmap-allow-mixed"),
    media,
  };
}

function splitSections(lines: readonly string[]): string[][] {
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith("m=")) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

function firstValue(sections: readonly (readonly string[])[], name: string): string | undefined {
  for (const section of sections) {
    const [value] = attributeValues(section, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function attributeValues(section: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return section.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

function parseFingerprint(value: string | undefined): Fingerprint {
  const match = /^(sha-(?:1|224|256|384|512)) ((?:[0-9a-f]{2}:)+[0-9a-f]{2})$/i.exec(value ?? "");
  if (!match?.[1] || !match[2]) return malformed("no usable fingerprint");
  return { algorithm: match[1].toLowerCase(), value: match[2].toUpperCase() };
}

function parseMedia(section: readonly string[]): SdpMedia {
  const [kind = "", port = "", protocol = "", ...formats] = (section[0] ?? "").slice("m=".length).split(" ");
  const mid = attributeValues(section, "mid")[0] ?? malformed("a section has no mid");
  if (!/^[A-Za-z0-9+/._-]+$/.test(mid) || mid.length > MAX_MID_CHARACTERS) return malformed("a mid is unusable");
  if (!/^[a-z]+$/.test(kind) || !/^[A-Z/]+$/.test(protocol)) return malformed("an m-line is unusable");
  const streams = parseStreams(section);
  return {
    kind,
    port: integer(port, 65_535),
    protocol,
    formats,
    mid,
    direction: parseDirection(section),
    codecs: kind === "application" ? [] : parseCodecs(section, formats),
    extensions: attributeValues(section, "extmap").map(parseExtension),
    trackId: attributeValues(section, "msid")[0]?.split(" ").at(-1),
    sendRids: attributeValues(section, "rid").flatMap(parseSendRid),
    ...streams,
  };
}

function parseDirection(section: readonly string[]): SdpDirection {
  for (const direction of ["sendrecv", "sendonly", "recvonly", "inactive"] as const) {
    if (section.includes(`a=${direction}`)) return direction;
  }
  return "sendrecv";
}

function parseCodecs(section: readonly string[], formats: readonly string[]): SdpCodec[] {
  const parameters = new Map(attributeValues(section, "fmtp").map((value) => splitOnce(value, " ")));
  const feedback = attributeValues(section, "rtcp-fb").map((value) => value.split(" "));
  const codecs = new Map<string, SdpCodec>();
  for (const value of attributeValues(section, "rtpmap")) {
    const match = /^(\d{1,3}) ([A-Za-z0-9_-]+)\/(\d+)(?:\/(\d+))?$/.exec(value);
    if (!match?.[1] || !match[2]) return malformed("an rtpmap is unusable");
    codecs.set(match[1], {
      payloadType: integer(match[1], 127),
      name: match[2],
      clockRateHz: integer(match[3] ?? "", 1_000_000),
      channels: match[4] === undefined ? 1 : integer(match[4], 8),
      parameters: parseParameters(parameters.get(match[1]) ?? ""),
      feedback: feedback
        .filter(([payloadType]) => payloadType === match[1] || payloadType === "*")
        .map(([, type = "", parameter = ""]) => ({ type, parameter })),
    });
  }
  return formats.flatMap((format) => codecs.get(format) ?? []);
}

function parseParameters(text: string): Record<string, string> {
  const entries = text
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => splitOnce(part, "="));
  return Object.fromEntries(entries);
}

function parseExtension(value: string): RtpExtension {
  const match = /^(\d{1,3})(?:\/[a-z]+)? (\S+)/.exec(value);
  if (!match?.[1] || !match[2]) return malformed("an extmap is unusable");
  return { id: integer(match[1], 255), uri: match[2] };
}

function parseSendRid(value: string): string[] {
  const match = /^([A-Za-z0-9_-]{1,16}) (send|recv)/.exec(value);
  if (!match?.[1]) return malformed("a rid is unusable");
  return match[2] === "send" ? [match[1]] : [];
}

function parseStreams(section: readonly string[]): Pick<SdpMedia, "ssrcs" | "rtxOf" | "cname"> {
  const rtxOf = new Map<number, number>();
  for (const group of attributeValues(section, "ssrc-group")) {
    const [semantics, first = "", second = ""] = group.split(" ");
    if (semantics === "FID") rtxOf.set(integer(first, 0xff_ff_ff_ff), integer(second, 0xff_ff_ff_ff));
  }
  const ssrcs = new Set<number>();
  let cname: string | undefined;
  for (const line of attributeValues(section, "ssrc")) {
    const [ssrc, attribute] = splitOnce(line, " ");
    ssrcs.add(integer(ssrc, 0xff_ff_ff_ff));
    if (attribute.startsWith("cname:")) cname = attribute.slice("cname:".length);
  }
  return { ssrcs: [...ssrcs], rtxOf, cname };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + separator.length)];
}

function integer(text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : malformed("a number is out of range");
}

function malformed(reason: string): never {
  throw new SfuError("sdp_malformed", `The SDP is malformed: ${reason}`);
}

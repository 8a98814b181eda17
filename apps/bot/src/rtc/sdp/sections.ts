/** One m-section of an SDP, as far as a bot reads it. @see RFC 8866, livekit.md 2.5 */
export interface SdpSection {
  readonly mid: string;
  readonly kind: string;
  /** The other side sends in it. */
  readonly isSending: boolean;
  /** `participantSid|trackSid` with LiveKit. */
  readonly streamId: string;
  readonly trackId: string;
  readonly ssrcs: readonly number[];
  /** Lower-case codec names by payload type. */
  readonly codecs: ReadonlyMap<number, string>;
}

export function readSections(sdp: string): SdpSection[] {
  return splitSections(sdp).slice(1).map(readSection);
}

export function isIceLite(sdp: string): boolean {
  return splitLines(sdp).includes("a=ice-lite");
}

/** Changes the lines of each media section; those before the first stay. */
export function rewriteSections(sdp: string, rewrite: (lines: readonly string[], mid: string) => string[]): string {
  const [head = [], ...sections] = splitSections(sdp);
  const lines = [...head, ...sections.flatMap((section) => rewrite(section, valueOf(section, "mid") ?? ""))];
  return `${lines.join("\r\n")}\r\n`;
}

/** Replaces the direction line, if the section has one. */
export function withDirection(lines: readonly string[], direction: "sendonly" | "recvonly" | "inactive"): string[] {
  return lines.map((line) => (DIRECTIONS.has(line) ? `a=${direction}` : line));
}

/** The addresses in a section, as they are trickled, and its other lines. */
export function splitCandidates(lines: readonly string[]): {
  readonly candidates: readonly string[];
  readonly others: string[];
} {
  return {
    candidates: valuesOf(lines, "candidate").map((value) => `candidate:${value}`),
    others: lines.filter((line) => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates"),
  };
}

const DIRECTIONS: ReadonlySet<string> = new Set(["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"]);

function readSection(lines: readonly string[]): SdpSection {
  const [kind = "", port] = (lines[0] ?? "").slice("m=".length).split(" ");
  const [streamId = "", trackId = ""] = (valueOf(lines, "msid") ?? "").split(" ");
  const isSending = port !== "0" && !lines.includes("a=inactive") && !lines.includes("a=recvonly");
  return {
    mid: valueOf(lines, "mid") ?? "",
    kind,
    isSending: isSending && (kind === "audio" || kind === "video"),
    streamId,
    trackId,
    ssrcs: [...new Set(valuesOf(lines, "ssrc").map((value) => Number.parseInt(value, 10)))],
    codecs: new Map(valuesOf(lines, "rtpmap").map(readRtpMap)),
  };
}

/** `96 VP8/90000` → 96, `vp8`. */
function readRtpMap(value: string): [number, string] {
  const [payloadType = "", format = ""] = value.split(" ");
  return [Number.parseInt(payloadType, 10), (format.split("/")[0] ?? "").toLowerCase()];
}

function valueOf(lines: readonly string[], name: string): string | undefined {
  return valuesOf(lines, name)[0];
}

function valuesOf(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

function splitSections(sdp: string): string[][] {
  const sections: string[][] = [[]];
  for (const line of splitLines(sdp)) {
    if (line.startsWith("m=")) sections.push([]);
    sections.at(-1)?.push(line);
  }
  return sections;
}

function splitLines(sdp: string): string[] {
  return sdp.split(/\r?\n/).filter((line) => line !== "");
}

import type {
  MediaCapabilities,
  MediaKind,
  RtpCodec,
  RtpDescription,
  RtpEncoding,
  RtpExtension,
  TransportDescription,
} from "../media/MediaPlane.ts";
import type { SdpCodec, SdpMedia, SdpSession } from "./parseSdp.ts";
import {
  dataSection,
  mediaSection,
  rejectedSection,
  type SessionHead,
  sessionLines,
  toSdp,
  transportLines,
} from "./writeSdp.ts";

/** What is wanted of a track that was announced with `add_track`. */
export interface WantedTrack {
  /** For example `video/VP8`; the answer lists it first, and the first codec is what browsers send. */
  readonly mimeType: string | undefined;
  readonly isStereo: boolean;
  readonly hasDtx: boolean;
  /** Spatial layers within one stream (SVC). */
  readonly layerCount: number;
}

/** What becomes of one section of a publisher's offer. */
export interface SectionPlan {
  readonly mid: string;
  readonly kind: string;
  readonly outcome: "data" | "receive" | "idle" | "rejected";
  /** Client id of the track, for `receive`. */
  readonly cid: string;
  /** For the answer: every codec in common, the wanted one first. */
  readonly codecs: readonly RtpCodec[];
  readonly extensions: readonly RtpExtension[];
  readonly rids: readonly string[];
  /** For the media plane: only what will be sent; undefined unless `receive`. */
  readonly rtp: (RtpDescription & { readonly kind: MediaKind }) | undefined;
  readonly offered: SdpMedia;
}

/** LiveKit's RIDs, smallest layer first: the media plane takes them in this order. */
const RID_ORDER = "qhf";
const ANSWERED_FEEDBACK = new Set(["nack", "ccm", "transport-cc", "goog-remb"]);
const SVC_CODEC = "video/vp9";

/** Decides what to do with each section of a publisher's offer. Pure. */
export function planAnswer(
  offer: SdpSession,
  capabilities: MediaCapabilities,
  wanted: (cid: string) => WantedTrack | undefined,
): SectionPlan[] {
  return offer.media.map((media) => planSection(media, capabilities, wanted));
}

function planSection(
  media: SdpMedia,
  capabilities: MediaCapabilities,
  wanted: (cid: string) => WantedTrack | undefined,
): SectionPlan {
  const cid = media.trackId ?? "";
  const base = { mid: media.mid, kind: media.kind, cid, offered: media, rtp: undefined };
  const empty = { codecs: [], extensions: [], rids: [] };
  if (media.kind === "application" && media.port !== 0) return { ...base, ...empty, outcome: "data" };
  const isClosed = media.port === 0;
  if (isClosed || (media.kind !== "audio" && media.kind !== "video")) return { ...base, ...empty, outcome: "rejected" };

  const track = wanted(cid);
  const codecs = preferCodec(commonCodecs(media, capabilities, track), track?.mimeType);
  if (codecs.length === 0) return { ...base, ...empty, outcome: "rejected" };
  const extensions = commonExtensions(media, capabilities);
  const isSending = media.direction === "sendonly" || media.direction === "sendrecv";
  if (!isSending || cid === "") return { ...base, codecs, extensions, rids: [], outcome: "idle" };
  const rtp = { kind: media.kind, ...describe(media, codecs, extensions, track) } as const;
  return { ...base, codecs, extensions, rids: media.sendRids, outcome: "receive", rtp };
}

function commonCodecs(media: SdpMedia, capabilities: MediaCapabilities, track: WantedTrack | undefined): RtpCodec[] {
  return capabilities.codecs
    .filter(({ kind, mimeType }) => kind === media.kind && !mimeType.endsWith("/rtx"))
    .flatMap((own) => {
      const offered = findOffered(media, own);
      if (!offered) return [];
      const rtx = media.codecs.find(
        ({ name, parameters }) => name.toLowerCase() === "rtx" && parameters["apt"] === String(offered.payloadType),
      );
      const codec = toRtpCodec(own.mimeType, offered);
      const answered = media.kind === "audio" ? { ...codec, parameters: opusParameters(track) } : codec;
      return rtx ? [answered, toRtpCodec(`${media.kind}/rtx`, rtx)] : [answered];
    });
}

function findOffered(media: SdpMedia, own: RtpCodec): SdpCodec | undefined {
  const name = own.mimeType.slice(own.mimeType.indexOf("/") + 1).toLowerCase();
  const sameName = media.codecs.filter(
    (codec) => codec.name.toLowerCase() === name && codec.clockRateHz === own.clockRateHz,
  );
  if (name === "vp9") return sameName.find(({ parameters }) => (parameters["profile-id"] ?? "0") === "0");
  if (name !== "h264") return sameName[0];
  const singleNal = sameName.filter(({ parameters }) => parameters["packetization-mode"] === "1");
  // Constrained baseline: any level, but the router's own first.
  const wanted = String(own.parameters["profile-level-id"]).toLowerCase();
  return (
    singleNal.find((codec) => h264Profile(codec) === wanted) ??
    singleNal.find((codec) => h264Profile(codec).startsWith(wanted.slice(0, 4)))
  );
}

function h264Profile({ parameters }: SdpCodec): string {
  return (parameters["profile-level-id"] ?? "").toLowerCase();
}

function toRtpCodec(mimeType: string, offered: SdpCodec): RtpCodec {
  const parameters = Object.entries(offered.parameters).map(
    ([key, value]) => [key, /^\d{1,9}$/.test(value) && key !== "profile-level-id" ? Number(value) : value] as const,
  );
  return {
    mimeType,
    payloadType: offered.payloadType,
    clockRateHz: offered.clockRateHz,
    ...(offered.channels > 1 ? { channels: offered.channels } : {}),
    parameters: Object.fromEntries(parameters),
    feedback: offered.feedback.filter(({ type }) => ANSWERED_FEEDBACK.has(type)),
  };
}

function opusParameters(track: WantedTrack | undefined): Record<string, number> {
  return {
    minptime: 10,
    useinbandfec: 1,
    ...(track?.hasDtx === false ? {} : { usedtx: 1 }),
    ...(track?.isStereo ? { stereo: 1, maxaveragebitrate: 510_000 } : {}),
  };
}

function preferCodec(codecs: readonly RtpCodec[], mimeType: string | undefined): RtpCodec[] {
  const wanted = codecs.find((codec) => codec.mimeType.toLowerCase() === mimeType?.toLowerCase());
  if (!wanted) return [...codecs];
  const first = withRtx(codecs, wanted);
  return [...first, ...codecs.filter((codec) => !first.includes(codec))];
}

function withRtx(codecs: readonly RtpCodec[], codec: RtpCodec): RtpCodec[] {
  return codecs.filter((each) => each === codec || each.parameters["apt"] === codec.payloadType);
}

function commonExtensions(media: SdpMedia, capabilities: MediaCapabilities): RtpExtension[] {
  const receivable = capabilities.receivableExtensions.filter(({ kind }) => kind === media.kind).map(({ uri }) => uri);
  return media.extensions.filter(({ uri }) => receivable.includes(uri));
}

function describe(
  media: SdpMedia,
  codecs: readonly RtpCodec[],
  extensions: readonly RtpExtension[],
  track: WantedTrack | undefined,
): RtpDescription {
  const [first] = codecs;
  const sent = first ? withRtx(codecs, first) : [];
  const isSvc = first?.mimeType.toLowerCase() === SVC_CODEC && (track?.layerCount ?? 1) > 1;
  return {
    mid: media.mid,
    codecs: sent,
    extensions,
    encodings: encodingsOf(media, isSvc ? track?.layerCount : undefined),
    cname: media.cname ?? "",
  };
}

function encodingsOf(media: SdpMedia, svcLayers: number | undefined): RtpEncoding[] {
  if (media.sendRids.length > 0) {
    const order = (rid: string): number => RID_ORDER.indexOf(rid);
    return [...media.sendRids].sort((a, b) => order(a) - order(b)).map((rid) => ({ rid }));
  }
  const [ssrc] = media.ssrcs;
  if (ssrc === undefined) return [{}];
  const rtxSsrc = media.rtxOf.get(ssrc);
  return [
    {
      ssrc,
      ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
      ...(svcLayers === undefined ? {} : { scalabilityMode: `L${svcLayers}T3_KEY` }),
    },
  ];
}

/** Writes the answer that belongs to the plans. */
export function writeAnswer(
  plans: readonly SectionPlan[],
  transport: TransportDescription,
  head: Omit<SessionHead, "mids">,
): string {
  const mids = plans.filter(({ outcome }) => outcome !== "rejected").map(({ mid }) => mid);
  const own = transportLines(transport, "passive");
  return toSdp([...sessionLines({ ...head, mids }), ...plans.flatMap((plan) => sectionLines(plan, own))]);
}

function sectionLines(plan: SectionPlan, transport: readonly string[]): string[] {
  const { mid, kind, codecs, extensions, rids, outcome, offered } = plan;
  if (outcome === "data") return dataSection(mid, transport);
  if (outcome === "rejected") return rejectedSection(kind, mid, offered.protocol, offered.formats[0] ?? "0");
  const direction = outcome === "receive" ? "recvonly" : "inactive";
  return [
    ...mediaSection({ kind, mid, direction, codecs, extensions }, transport),
    ...rids.map((rid) => `a=rid:${rid} recv`),
    ...(rids.length > 0 ? [`a=simulcast:recv ${rids.join(";")}`] : []),
  ];
}

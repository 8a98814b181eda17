import type { MediaKind, RtpCodec, RtpDescription, TransportDescription } from "../media/MediaPlane.ts";
import { dataSection, mediaSection, type SessionHead, sessionLines, toSdp, transportLines } from "./writeSdp.ts";

/** The mid of the data section; media sections count from 1. */
export const DATA_MID = "0";

/** One m-section of a subscriber's peer connection. Never removed, only emptied and used again. */
export interface OfferSection {
  readonly mid: string;
  readonly kind: MediaKind;
  /** The present or last user of the section: an inactive one keeps its codec lines. */
  readonly rtp: RtpDescription;
  /** The sender says that its audio has two channels. */
  readonly isStereo: boolean;
  /** Undefined: nobody uses the section now. */
  readonly occupant: { readonly participantSid: string; readonly trackSid: string } | undefined;
}

/**
 * Writes the offer for everything a subscriber receives.
 *
 * Stream id is `participantSid|trackSid` and track id is `trackSid`: both clients' ways of finding the track.
 */
export function writeOffer(
  sections: readonly OfferSection[],
  transport: TransportDescription,
  head: Omit<SessionHead, "mids">,
): string {
  const own = transportLines(transport, "actpass");
  const mids = [DATA_MID, ...sections.map(({ mid }) => mid)];
  return toSdp([
    ...sessionLines({ ...head, mids }),
    ...dataSection(DATA_MID, own),
    ...sections.flatMap((section) => sectionLines(section, own)),
  ]);
}

function sectionLines(section: OfferSection, transport: readonly string[]): string[] {
  const { mid, kind, rtp, occupant, isStereo } = section;
  const codecs = isStereo ? rtp.codecs.map(withStereo) : rtp.codecs;
  const { extensions } = rtp;
  const direction = occupant ? "sendonly" : "inactive";
  const lines = mediaSection({ kind, mid, direction, codecs, extensions }, transport);
  return occupant ? [...lines, ...streamLines(rtp, occupant)] : lines;
}

/** RFC 7587 §6.1: livekit-client asks its decoder for two channels where it sees this. */
function withStereo(codec: RtpCodec): RtpCodec {
  return { ...codec, parameters: { ...codec.parameters, "sprop-stereo": 1 } };
}

function streamLines(rtp: RtpDescription, occupant: NonNullable<OfferSection["occupant"]>): string[] {
  const msid = `${occupant.participantSid}|${occupant.trackSid} ${occupant.trackSid}`;
  const [encoding] = rtp.encodings;
  const { ssrc, rtxSsrc } = encoding ?? {};
  const ssrcs = [ssrc, rtxSsrc].filter((each) => each !== undefined);
  return [
    `a=msid:${msid}`,
    ...(rtxSsrc === undefined ? [] : [`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`]),
    ...ssrcs.flatMap((each) => [`a=ssrc:${each} cname:${rtp.cname}`, `a=ssrc:${each} msid:${msid}`]),
  ];
}

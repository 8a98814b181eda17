import { type AddTrackRequest, AudioTrackFeature, TrackType } from "@livekit/protocol";

import type { MediaKind, MediaProducer } from "../media/MediaPlane.ts";
import type { WantedTrack } from "../negotiation/planAnswer.ts";

/** A track that a participant has announced, and once `producer` is there publishes. */
export class Track {
  readonly sid: string;
  readonly request: AddTrackRequest;
  readonly kind: MediaKind;
  /** What is really sent; until then what was announced. */
  mimeType: string;
  mid = "";
  isMuted: boolean;
  widthPx: number;
  heightPx: number;
  audioFeatures: readonly AudioTrackFeature[];
  producer: MediaProducer | undefined;
  /** Somebody has received it at some time. */
  isReceived = false;

  constructor(sid: string, request: AddTrackRequest) {
    this.sid = sid;
    this.request = request;
    this.kind = request.type === TrackType.VIDEO ? "video" : "audio";
    this.mimeType = announcedMimeType(request, this.kind);
    this.isMuted = request.muted;
    this.widthPx = request.width;
    this.heightPx = request.height;
    this.audioFeatures = announcedFeatures(request);
  }

  get isPublished(): boolean {
    return this.producer !== undefined;
  }

  /** What the publisher's negotiation has to know. */
  get wanted(): WantedTrack {
    const { stereo, disableDtx, layers } = this.request;
    return { mimeType: this.mimeType, isStereo: stereo, hasDtx: !disableDtx, layerCount: layers.length };
  }
}

/** Older requests say by flags of their own what has become a feature. */
function announcedFeatures({ audioFeatures, stereo, disableDtx, type }: AddTrackRequest): AudioTrackFeature[] {
  if (type !== TrackType.AUDIO) return [...audioFeatures];
  const flags = [
    ...(stereo ? [AudioTrackFeature.TF_STEREO] : []),
    ...(disableDtx ? [AudioTrackFeature.TF_NO_DTX] : []),
  ];
  return [...new Set([...audioFeatures, ...flags])];
}

function announcedMimeType(request: AddTrackRequest, kind: MediaKind): string {
  if (kind === "audio") return "audio/opus";
  const codec = request.simulcastCodecs[0]?.codec ?? "";
  return `video/${codec === "" ? "VP8" : codec.toUpperCase()}`;
}

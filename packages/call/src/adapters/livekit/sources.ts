import { Track } from "livekit-client";

import type { TrackSource } from "../../sfu/ports.ts";

const TO_LIVEKIT: Readonly<Record<TrackSource, Track.Source>> = {
  microphone: Track.Source.Microphone,
  camera: Track.Source.Camera,
  screen_share: Track.Source.ScreenShare,
  screen_share_audio: Track.Source.ScreenShareAudio,
};

export function toLivekitSource(source: TrackSource): Track.Source {
  return TO_LIVEKIT[source];
}

/** @returns `undefined` for tracks of a source that calls do not have */
export function tryFromLivekitSource(source: Track.Source): TrackSource | undefined {
  switch (source) {
    case Track.Source.Microphone:
      return "microphone";
    case Track.Source.Camera:
      return "camera";
    case Track.Source.ScreenShare:
      return "screen_share";
    case Track.Source.ScreenShareAudio:
      return "screen_share_audio";
    default:
      return undefined;
  }
}

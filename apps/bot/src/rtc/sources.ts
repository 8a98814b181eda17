import type { TrackSource } from "@conclave/call";
import { TrackSource as LivekitSource } from "@livekit/protocol";

const TO_LIVEKIT: Readonly<Record<TrackSource, LivekitSource>> = {
  microphone: LivekitSource.MICROPHONE,
  camera: LivekitSource.CAMERA,
  screen_share: LivekitSource.SCREEN_SHARE,
  screen_share_audio: LivekitSource.SCREEN_SHARE_AUDIO,
};

export function toLivekitSource(source: TrackSource): LivekitSource {
  return TO_LIVEKIT[source];
}

/** @returns `undefined` for tracks of a source that calls do not have */
export function tryFromLivekitSource(source: LivekitSource): TrackSource | undefined {
  switch (source) {
    case LivekitSource.MICROPHONE:
      return "microphone";
    case LivekitSource.CAMERA:
      return "camera";
    case LivekitSource.SCREEN_SHARE:
      return "screen_share";
    case LivekitSource.SCREEN_SHARE_AUDIO:
      return "screen_share_audio";
    default:
      return undefined;
  }
}

import { TrackSource as LibrarySource } from "@livekit/rtc-node";
import type { MediaKind } from "@conclave/frame-crypto";
import type { TrackSource } from "@conclave/call";

const TO_LIBRARY: Readonly<Record<TrackSource, LibrarySource>> = {
  microphone: LibrarySource.SOURCE_MICROPHONE,
  camera: LibrarySource.SOURCE_CAMERA,
  screen_share: LibrarySource.SOURCE_SCREENSHARE,
  screen_share_audio: LibrarySource.SOURCE_SCREENSHARE_AUDIO,
};

export function toLibrarySource(source: TrackSource): LibrarySource {
  return TO_LIBRARY[source];
}

/** @returns `undefined` for tracks of a source that calls do not have */
export function tryFromLibrarySource(source: LibrarySource | undefined): TrackSource | undefined {
  switch (source) {
    case LibrarySource.SOURCE_MICROPHONE:
      return "microphone";
    case LibrarySource.SOURCE_CAMERA:
      return "camera";
    case LibrarySource.SOURCE_SCREENSHARE:
      return "screen_share";
    case LibrarySource.SOURCE_SCREENSHARE_AUDIO:
      return "screen_share_audio";
    default:
      return undefined;
  }
}

export function kindOf(source: TrackSource): MediaKind {
  return source === "microphone" || source === "screen_share_audio" ? "audio" : "video";
}

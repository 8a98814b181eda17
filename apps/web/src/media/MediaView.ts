import type { DeviceKind, DeviceList } from "./devicePort.ts";
import type { LocalMedia, ScreenState, SourceState } from "./LocalMedia.ts";

/** What pages show of one's own microphone, camera and screen. */
export interface MediaView {
  readonly microphone: SourceState;
  readonly camera: SourceState;
  readonly screen: ScreenState;
  readonly devices: DeviceList;
  readonly chosen: Readonly<Record<DeviceKind, string>>;
}

/** Reads the signals of `media`. */
export function readMedia(media: LocalMedia): MediaView {
  return {
    microphone: media.microphone.get(),
    camera: media.camera.get(),
    screen: media.screen.get(),
    devices: media.devices.get(),
    chosen: media.chosen.get(),
  };
}

/** True if others would hear it. */
export function isSounding(state: SourceState): boolean {
  return state.phase === "on" && !state.isMuted;
}

/** The track to show or send, if there is one. */
export function trackOf(state: SourceState): MediaStreamTrack | undefined {
  return state.phase === "on" ? state.track : undefined;
}

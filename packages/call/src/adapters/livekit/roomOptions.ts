import { AudioPresets, type RoomConnectOptions, type RoomOptions, VideoPreset } from "livekit-client";

import { resumePolicy } from "./resumePolicy.ts";

/** 720p as deployed clients send it; livekit-client lowers it for smaller sources. */
const CAMERA_ENCODING = { maxBitrate: 1_700_000, maxFramerate: 30 };
const SCREEN_ENCODING = { maxBitrate: 5_000_000, maxFramerate: 30 };

const SIGNAL_TIMEOUT_MS = 8_000;
const MEDIA_TIMEOUT_MS = 15_000;

/** How a room is used here. @see matrixrtc.md 10 (what deployed clients set); livekit.md 1.2, 2.8, 5.8 */
export function roomOptions(): RoomOptions {
  return {
    // What is shown how large is told by `setVideoSize`, not found out from elements.
    adaptiveStream: false,
    dynacast: true,
    webAudioMix: false,
    // Saves the failing attempt on `/rtc/v1`: each server speaks `/rtc`.
    singlePeerConnection: false,
    stopLocalTrackOnUnpublish: false,
    disconnectOnPageLeave: true,
    reconnectPolicy: resumePolicy,
    publishDefaults: {
      audioPreset: AudioPresets.music,
      dtx: true,
      // An SFU strips redundancy for receivers without it, which would tear encrypted payloads apart.
      red: false,
      forceStereo: false,
      stopMicTrackOnMute: false,
      // One codec, forced: AV1 cannot be encrypted, and a second codec would need a second transform.
      videoCodec: "vp8",
      backupCodec: false,
      simulcast: true,
      videoEncoding: CAMERA_ENCODING,
      // The layers below the source's own size, as far as it is large enough for them.
      videoSimulcastLayers: [new VideoPreset(320, 180, 160_000, 20), new VideoPreset(640, 360, 450_000, 20)],
      screenShareEncoding: SCREEN_ENCODING,
    },
  };
}

/** How a room is connected. Failures are retried above, with a new grant. */
export function connectOptions(): RoomConnectOptions {
  return {
    autoSubscribe: true,
    maxRetries: 0,
    websocketTimeout: SIGNAL_TIMEOUT_MS,
    peerConnectionTimeout: MEDIA_TIMEOUT_MS,
    ...(needsEncodedStreams() ? { rtcConfig: { encodedInsertableStreams: true } as RTCConfiguration } : {}),
  };
}

/** Browsers without the standard transform give access to frames only on connections made for it. */
function needsEncodedStreams(): boolean {
  return !("RTCRtpScriptTransform" in globalThis);
}

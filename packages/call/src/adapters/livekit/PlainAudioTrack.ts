import { LocalAudioTrack } from "livekit-client";

/**
 * A microphone whose silence nobody listens for: livekit-client opens an audio context for that, in the busiest moment of a
 * join. The lobby has shown the level already.
 */
export class PlainAudioTrack extends LocalAudioTrack {
  override checkForSilence(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

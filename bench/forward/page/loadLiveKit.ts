import { Room, RoomEvent, type LocalTrackPublication } from "livekit-client";

import { LOAD } from "../loadShape.ts";
import { dropDeltas, gather, noiseTrack, setSenderActive, sumReceived, type LoadedSfu } from "./load.ts";

/** Puts the load on an SFU that speaks LiveKit's protocol; one token for each participant, publishers first. */
export async function loadLiveKit(url: string, tokens: readonly string[]): Promise<LoadedSfu> {
  const publications: LocalTrackPublication[] = [];
  for (const token of tokens.slice(0, LOAD.publishers)) {
    const room = new Room({ dynacast: false });
    await room.connect(url, token, { autoSubscribe: false });
    publications.push(
      await room.localParticipant.publishTrack(noiseTrack(), {
        simulcast: false,
        videoCodec: "vp8",
        videoEncoding: { maxBitrate: LOAD.maxBitrateBps, maxFramerate: LOAD.framesPerSecond },
      }),
    );
  }
  const receivers = gather<RTCRtpReceiver>(LOAD.publishers * LOAD.subscribers);
  for (const token of tokens.slice(LOAD.publishers)) {
    const room = new Room({ adaptiveStream: false });
    room.on(RoomEvent.TrackSubscribed, (track) => {
      dropDeltas(track.receiver!);
      receivers.arrive(track.receiver!);
    });
    await room.connect(url, token);
  }
  const all = await receivers.all;
  return {
    async setActive(isActive) {
      await Promise.all(publications.map(({ track }) => setSenderActive(track!.sender!, isActive)));
    },
    received: () => sumReceived(all),
  };
}

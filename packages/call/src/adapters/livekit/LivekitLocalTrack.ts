import { type LocalTrack, LocalVideoTrack, type Room } from "livekit-client";

import { CallError } from "../../errors.ts";
import type { PublishOptions, SfuLocalTrack } from "../../sfu/ports.ts";
import { PlainAudioTrack } from "./PlainAudioTrack.ts";
import { toLivekitSource } from "./sources.ts";

// The casts: the library's own classes miss its base type under exactOptionalPropertyTypes.
/** Publishes a track that stays its giver's: livekit-client must neither stop nor restart it. */
export async function publishTrack(
  room: Room,
  track: MediaStreamTrack,
  { source, isMuted = false }: PublishOptions,
): Promise<SfuLocalTrack> {
  const isGivenByUser = true;
  const local =
    track.kind === "audio"
      ? new PlainAudioTrack(track, undefined, isGivenByUser)
      : new LocalVideoTrack(track, undefined, isGivenByUser);
  try {
    if (isMuted) await local.mute();
    await room.localParticipant.publishTrack(local as LocalTrack, { source: toLivekitSource(source) });
  } catch (cause) {
    throw new CallError("publish_failed", "The SFU did not take the track", { cause, retryable: true });
  }
  return new LivekitLocalTrack(room, local as LocalTrack);
}

class LivekitLocalTrack implements SfuLocalTrack {
  readonly #room: Room;
  readonly #local: LocalTrack;

  constructor(room: Room, local: LocalTrack) {
    this.#room = room;
    this.#local = local;
  }

  async setMuted(isMuted: boolean): Promise<void> {
    await (isMuted ? this.#local.mute() : this.#local.unmute());
  }

  async replaceTrack(track: MediaStreamTrack): Promise<void> {
    await this.#local.replaceTrack(track, true);
  }

  async unpublish(): Promise<void> {
    await this.#room.localParticipant.unpublishTrack(this.#local, false);
  }
}

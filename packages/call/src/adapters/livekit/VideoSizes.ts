import { type RemoteTrackPublication, type Room, Track } from "livekit-client";

interface Size {
  readonly width: number;
  readonly height: number;
}

const MAX_SIZES = 1_024;

/** Remembers how large each remote video is shown and tells the SFU, also for tracks that arrive later. */
export class VideoSizes {
  readonly #room: Room;
  readonly #sizes = new Map<string, Size>();

  constructor(room: Room) {
    this.#room = room;
  }

  set(sid: string, size: Size): void {
    if (this.#sizes.size >= MAX_SIZES && !this.#sizes.has(sid)) return;
    this.#sizes.set(sid, size);
    for (const participant of this.#room.remoteParticipants.values()) {
      const publication = participant.trackPublications.get(sid);
      if (publication) this.apply(publication);
    }
  }

  /** To be called when a track has been subscribed: only then can sizes be told. */
  apply(publication: RemoteTrackPublication): void {
    const size = this.#sizes.get(publication.trackSid);
    if (!size || publication.kind !== Track.Kind.Video || !publication.isDesired) return;
    const isShown = size.width > 0 && size.height > 0;
    if (isShown) publication.setVideoDimensions({ width: Math.round(size.width), height: Math.round(size.height) });
    publication.setEnabled(isShown);
  }

  forget(sid: string): void {
    this.#sizes.delete(sid);
  }
}

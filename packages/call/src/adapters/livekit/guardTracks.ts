import type { Logger } from "@conclave/kit";
import {
  type LocalTrack,
  ParticipantEvent,
  type RemoteTrack,
  type RemoteTrackPublication,
  type Room,
  RoomEvent,
  Track,
} from "livekit-client";

import type { TrackGuard, TrackSource } from "../../sfu/ports.ts";
import { tryFromLivekitSource } from "./sources.ts";

/** Tells which received tracks may be shown. */
export interface GuardedTracks {
  /** True once the track's receiver has been handed to the guard under its owner's name. */
  isGuarded(track: RemoteTrack): boolean;
}

interface Announced {
  readonly identity: string;
  readonly source: TrackSource;
  readonly codec: string;
}

/** Nobody: a track whose participant is not known yet. It has no key, so its frames are dropped. */
const UNKNOWN_IDENTITY = "";

/**
 * Hands every sender and receiver of a room to the guard before a frame can flow.
 *
 * Senders: when livekit-client has made one, before it negotiates. Receivers: in the `track` event of the peer
 * connection, before the answer to the offer that brought it; again when livekit-client has found out whose it is,
 * which for a reused receiver is somebody else.
 */
export function guardTracks(room: Room, guard: TrackGuard, logger: Logger): GuardedTracks {
  const guarded = new WeakMap<RTCRtpReceiver, string>();

  function protect(receiver: RTCRtpReceiver, announced: Announced): void {
    const label = JSON.stringify([announced.identity, announced.source, announced.codec]);
    if (guarded.get(receiver) === label) return;
    guarded.delete(receiver);
    try {
      guard.protectReceiver(receiver, announced);
      guarded.set(receiver, label);
    } catch {
      // Not guarded, so never shown; nor may it be heard by whoever else holds it.
      receiver.track.stop();
      logger.error("receiver not guarded", { source: announced.source });
    }
  }

  room.engine.on("mediaTrackAdded", (track: MediaStreamTrack, stream: MediaStream, receiver: RTCRtpReceiver) => {
    protect(receiver, announcedIn(room, stream) ?? unknownTrack(track));
  });
  room.on(RoomEvent.TrackSubscribed, (track, publication, participant) => {
    const announced = describe(participant.identity, publication);
    if (track.receiver && announced) protect(track.receiver, announced);
  });
  room.localParticipant.on(ParticipantEvent.LocalSenderCreated, (sender, track) => {
    protectSender(guard, sender, track as LocalTrack);
  });
  return {
    isGuarded: ({ receiver }) => {
      const label = receiver && guarded.get(receiver);
      return label !== undefined && !label.startsWith('["",');
    },
  };
}

/** Throws if the sender cannot be protected: livekit-client then gives up publishing, and the track is taken off. */
function protectSender(guard: TrackGuard, sender: RTCRtpSender, track: LocalTrack): void {
  const isAudio = track.kind === Track.Kind.Audio;
  const source = tryFromLivekitSource(track.source) ?? (isAudio ? "microphone" : "camera");
  const codec = isAudio ? "opus" : "vp8";
  try {
    guard.protectSender(sender, { source, codec });
  } catch (fault) {
    void sender.replaceTrack(null);
    throw fault;
  }
}

/** What the SFU has announced about a stream named `participant sid|track sid`. @see livekit.md 2.5 */
function announcedIn(room: Room, stream: MediaStream): Announced | undefined {
  const [participantSid, trackSid = ""] = stream.id.split("|");
  for (const participant of room.remoteParticipants.values()) {
    if (participant.sid !== participantSid) continue;
    const publication = participant.trackPublications.get(trackSid);
    return publication && describe(participant.identity, publication);
  }
  return undefined;
}

function describe(
  identity: string,
  publication: Pick<RemoteTrackPublication, "source" | "mimeType">,
): Announced | undefined {
  const source = tryFromLivekitSource(publication.source);
  return source && { identity, source, codec: codecOf(publication.mimeType) };
}

/** `video/VP8` → `vp8`. */
function codecOf(mimeType: string | undefined): string {
  return mimeType?.split("/")[1]?.toLowerCase() ?? "";
}

function unknownTrack(track: MediaStreamTrack): Announced {
  return { identity: UNKNOWN_IDENTITY, source: track.kind === "audio" ? "microphone" : "camera", codec: "" };
}

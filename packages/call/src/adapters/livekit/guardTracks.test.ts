import { silentLogger } from "@conclave/kit";
import {
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  Track,
} from "livekit-client";
import { beforeEach, describe, expect, it } from "vitest";

import type { TrackGuard } from "../../sfu/ports.ts";
import { fakeTrack } from "../../testing/index.ts";
import { type GuardedTracks, guardTracks } from "./guardTracks.ts";
import { roomOptions } from "./roomOptions.ts";

interface Guarded {
  readonly receiver: RTCRtpReceiver;
  readonly identity: string;
  readonly source: string;
  readonly codec: string;
}

let room: Room;
let guarded: Guarded[];
let tracks: GuardedTracks;
let isRefusing: boolean;
beforeEach(() => {
  room = new Room(roomOptions());
  guarded = [];
  isRefusing = false;
  const guard: TrackGuard = {
    isEncrypted: true,
    protectSender: () => {},
    protectReceiver: (receiver, track) => {
      if (isRefusing) throw new TypeError("The guard refuses");
      guarded.push({ receiver, ...track });
    },
  };
  tracks = guardTracks(room, guard, silentLogger);
});

function receiverOf(track: MediaStreamTrack): RTCRtpReceiver {
  return { track } as RTCRtpReceiver;
}

/** The peer connection's `track` event, as livekit-client's engine passes it on. */
function arrive(receiver: RTCRtpReceiver, streamId: string): void {
  room.engine.emit("mediaTrackAdded", receiver.track, { id: streamId, getTracks: () => [] } as never, receiver);
}

function announce(identity: string, source: Track.Source): [RemoteTrackPublication, RemoteParticipant] {
  const publication = { trackSid: "TR_1", source, mimeType: "video/VP8" } as RemoteTrackPublication;
  const participant = { identity, sid: "PA_1", trackPublications: new Map([["TR_1", publication]]) };
  room.remoteParticipants.set(identity, participant as unknown as RemoteParticipant);
  return [publication, participant as unknown as RemoteParticipant];
}

describe("guardTracks", () => {
  it("names a receiver's owner at once if the SFU has announced the track", () => {
    announce("bob", Track.Source.Camera);
    const receiver = receiverOf(fakeTrack("video"));

    arrive(receiver, "PA_1|TR_1");

    expect(guarded).toEqual([{ receiver, identity: "bob", source: "camera", codec: "vp8" }]);
    expect(tracks.isGuarded({ receiver } as RemoteTrack)).toBe(true);
  });

  it("guards a receiver of nobody at once, and under its owner's name before it may be shown", () => {
    const receiver = receiverOf(fakeTrack("video"));
    const remote = { receiver } as RemoteTrack;

    arrive(receiver, "PA_1|TR_1");
    expect(guarded).toMatchObject([{ identity: "" }]);
    expect(tracks.isGuarded(remote)).toBe(false);
    room.emit(RoomEvent.TrackSubscribed, remote, ...announce("bob", Track.Source.ScreenShare));

    expect(guarded).toMatchObject([{ identity: "" }, { identity: "bob", source: "screen_share" }]);
    expect(tracks.isGuarded(remote)).toBe(true);
  });

  it("guards a reused receiver anew under the name of its new owner", () => {
    const receiver = receiverOf(fakeTrack("video"));
    const remote = { receiver } as RemoteTrack;
    room.emit(RoomEvent.TrackSubscribed, remote, ...announce("bob", Track.Source.Camera));
    room.emit(RoomEvent.TrackSubscribed, remote, ...announce("bob", Track.Source.Camera));

    room.emit(RoomEvent.TrackSubscribed, remote, ...announce("carol", Track.Source.Camera));

    expect(guarded.map(({ identity }) => identity)).toEqual(["bob", "carol"]);
  });

  it("stops a track whose receiver is refused, also one that was guarded for somebody else before", () => {
    const track = fakeTrack("video");
    const receiver = receiverOf(track);
    const remote = { receiver } as RemoteTrack;
    room.emit(RoomEvent.TrackSubscribed, remote, ...announce("bob", Track.Source.Camera));

    isRefusing = true;
    room.emit(RoomEvent.TrackSubscribed, remote, ...announce("carol", Track.Source.Camera));

    expect(tracks.isGuarded(remote)).toBe(false);
    expect(track.readyState).toBe("ended");
  });
});

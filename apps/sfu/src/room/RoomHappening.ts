import type { Participant } from "./Participant.ts";
import type { Room } from "./Room.ts";
import type { Track } from "./Track.ts";

/** What happened in a room, for those outside who count it or tell others. Said before anything is torn down. */
export type RoomHappening =
  | { readonly name: "roomStarted" | "roomFinished"; readonly room: Room }
  /** Joined: admitted; active: its connection is up; left: gone, whether it had been active or not. */
  | {
      readonly name: "participantJoined" | "participantActive" | "participantLeft";
      readonly room: Room;
      readonly participant: Participant;
    }
  | {
      readonly name: "trackPublished" | "trackUnpublished";
      readonly room: Room;
      readonly participant: Participant;
      readonly track: Track;
    };

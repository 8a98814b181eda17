import { SpeakerInfo, SpeakersChanged } from "@livekit/protocol";

import type { Room } from "./Room.ts";
import { nextSpeakers, noSpeakers } from "./speakers.ts";

/** Tells everybody in a room who speaks, as long as the room lives. */
export function announceSpeakers(room: Room): void {
  let state = noSpeakers;
  room.media.audioLevels.on(room.scope, (levels) => {
    const owners = new Map<string, string>();
    for (const { sid, tracks } of room.participants) {
      for (const { producer } of tracks.values()) if (producer) owners.set(producer.id, sid);
    }
    const step = nextSpeakers(state, levels, (producerId) => owners.get(producerId));
    state = step.state;
    if (step.changes.length === 0) return;
    const speakers = step.changes.map(({ sid, level, isActive }) => new SpeakerInfo({ sid, level, active: isActive }));
    room.broadcast({ case: "speakersChanged", value: new SpeakersChanged({ speakers }) });
  });
}

import type { CancelTimer } from "@conclave/kit";
import { SpeakerInfo, SpeakersChanged } from "@livekit/protocol";

import type { AudioLevel } from "../media/MediaPlane.ts";
import type { Room } from "./Room.ts";
import { nextSpeakers, noSpeakers } from "./speakers.ts";

/** How often silence is counted when nothing is heard any more; about as often as levels come. */
const SILENT_TICK_MS = 400;

/** Tells everybody in a room who speaks, and favours the speakers' videos, as long as the room lives. */
export function announceSpeakers(room: Room): void {
  let state = noSpeakers;
  let cancel: CancelTimer | undefined;
  function take(levels: readonly AudioLevel[]): void {
    cancel?.();
    const owners = new Map<string, string>();
    for (const { sid, tracks } of room.participants) {
      for (const { producer } of tracks.values()) if (producer) owners.set(producer.id, sid);
    }
    const step = nextSpeakers(state, levels, (producerId) => owners.get(producerId));
    state = step.state;
    // Silence is told once only, and who has just fallen silent is shown for another moment.
    if (levels.length === 0 && state.speakers.size > 0) cancel = room.deps.clock.after(SILENT_TICK_MS, () => take([]));
    if (step.changes.length === 0) return;
    const active = new Set(state.speakers.keys());
    for (const { media } of room.participants) media?.subscriber.favour(active);
    const speakers = step.changes.map(({ sid, level, isActive }) => new SpeakerInfo({ sid, level, active: isActive }));
    room.broadcast({ case: "speakersChanged", value: new SpeakersChanged({ speakers }) });
  }
  room.media.audioLevels.on(room.scope, take);
  room.scope.onEnd(() => cancel?.());
}

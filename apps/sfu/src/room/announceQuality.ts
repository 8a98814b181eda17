import { ConnectionQuality, ConnectionQualityInfo, ConnectionQualityUpdate } from "@livekit/protocol";

import { every } from "./every.ts";
import type { Participant } from "./Participant.ts";
import type { Room } from "./Room.ts";

export const QUALITY_INTERVAL_MS = 5000;
const EXCELLENT_SCORE = 8;
const GOOD_SCORE = 5;
const BEST_SCORE = 10;
/** The media plane counts to 10, clients expect 5. */
const SCORE_RATIO = 2;

/**
 * Rates a link by its worst stream, 0 to 10. Never LOST: livekit-client starts anew when it is told that its own link
 * is lost while it knows better.
 */
export function qualityOf(score: number): ConnectionQuality {
  if (score >= EXCELLENT_SCORE) return ConnectionQuality.EXCELLENT;
  return score >= GOOD_SCORE ? ConnectionQuality.GOOD : ConnectionQuality.POOR;
}

/**
 * Tells everybody in a room how everybody's connection is, as long as the room lives: when somebody has come or the
 * quality of a link has changed, as LiveKit does. Said again every time it would be the square of a room's size.
 */
export function announceQuality(room: Room): void {
  let told = new Map<string, ConnectionQuality>();
  every(room.deps.clock, QUALITY_INTERVAL_MS, room.scope, () => {
    const active = room.participants.filter(({ state, grant }) => state === "active" && !grant.isHidden);
    const updates = active.map((participant) => {
      const score = scoreOf(participant);
      const quality = qualityOf(score);
      return new ConnectionQualityInfo({ participantSid: participant.sid, quality, score: score / SCORE_RATIO });
    });
    const isNews = updates.some(({ participantSid, quality }) => told.get(participantSid) !== quality);
    told = new Map(updates.map(({ participantSid, quality }) => [participantSid, quality]));
    if (isNews) room.broadcast({ case: "connectionQuality", value: new ConnectionQualityUpdate({ updates }) });
  });
}

function scoreOf({ tracks, media }: Participant): number {
  const sent = [...tracks.values()].flatMap(({ producer, isMuted }) => (producer && !isMuted ? [producer.score] : []));
  return Math.min(BEST_SCORE, media?.subscriber.score ?? BEST_SCORE, ...sent);
}

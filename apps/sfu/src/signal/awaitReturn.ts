import type { Clock } from "@conclave/kit";

import { every } from "../room/every.ts";
import type { Participant } from "../room/Participant.ts";

/** How long a participant whose socket has dropped stays, waiting for its resume. */
const DEPARTURE_TIMEOUT_MS = 15_000;
const PROBE_MS = 250;
/** Whoever sends sound or pictures is heard several times a second, in silence too (DTX). */
const SENDER_SILENCE_MS = 1_000;
/** Whoever sends nothing still checks the path every 2.5 s (RFC 7675) and reports what it receives. */
const LISTENER_SILENCE_MS = 6_000;

/**
 * Waits for a participant whose socket has dropped. It is gone when its time is over; before that when its connections,
 * which were up, have fallen silent as well: then its program has died, and the others should not see a ghost.
 *
 * @param gone called once, unless it comes back or leaves otherwise
 */
export function awaitReturn(participant: Participant, clock: Clock, gone: () => void): void {
  const absence = participant.scope.child();
  let receivedBytes = -1;
  let heardAtMs = clock.monotonicMs();
  const end = (): void => void absence.end();
  const giveUp = (): void => {
    end();
    if (!participant.sink) gone();
  };
  const listen = async (): Promise<void> => {
    if (participant.sink) return end();
    if (!participant.wasActive || !participant.media) return;
    const bytes = await participant.media.receivedBytes();
    if (absence.isEnded) return;
    const nowMs = clock.monotonicMs();
    if (bytes !== receivedBytes) [receivedBytes, heardAtMs] = [bytes, nowMs];
    else if (nowMs - heardAtMs >= silenceLimitMs(participant)) giveUp();
  };
  absence.onEnd(clock.after(DEPARTURE_TIMEOUT_MS, giveUp));
  // A worker that has died answers nothing; the time above ends the wait.
  every(clock, PROBE_MS, absence, () => void listen().catch(() => {}));
}

function silenceLimitMs({ tracks }: Participant): number {
  const isSending = [...tracks.values()].some(({ isPublished, isMuted }) => isPublished && !isMuted);
  return isSending ? SENDER_SILENCE_MS : LISTENER_SILENCE_MS;
}

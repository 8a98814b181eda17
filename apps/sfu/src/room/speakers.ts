import type { AudioLevel } from "../media/MediaPlane.ts";

/** How one participant sounds. */
export interface Speaker {
  readonly sid: string;
  /** 0 to 1 in steps of an eighth, so that small changes cause no messages. */
  readonly level: number;
  readonly isActive: boolean;
}

/** Who speaks now; silent ones stay for a while, so that pauses between words do not flicker. */
export interface SpeakerState {
  readonly speakers: ReadonlyMap<string, Speaker & { readonly silentTicks: number }>;
}

export const noSpeakers: SpeakerState = { speakers: new Map() };

const LEVEL_STEPS = 8;
/** Quieter than -50 dBov, averaged over an interval with its short pauses, does not count as speech. */
const ACTIVE_LEVEL = 10 ** (-50 / 20);
/** Intervals of silence until somebody is no longer said to speak. */
const MAX_SILENT_TICKS = 2;

/**
 * Takes the levels of one interval.
 *
 * @param ownerOf participant sid of a producer
 * @returns the next state, and only what has changed for the listeners
 */
export function nextSpeakers(
  state: SpeakerState,
  levels: readonly AudioLevel[],
  ownerOf: (producerId: string) => string | undefined,
): { readonly state: SpeakerState; readonly changes: readonly Speaker[] } {
  const loud = new Map<string, number>();
  for (const { producerId, level } of levels) {
    const sid = ownerOf(producerId);
    if (sid !== undefined && level >= ACTIVE_LEVEL) loud.set(sid, Math.max(level, loud.get(sid) ?? 0));
  }
  const next = new Map<string, Speaker & { readonly silentTicks: number }>();
  const changes: Speaker[] = [];
  for (const [sid, level] of loud) {
    const quantised = Math.min(1, Math.ceil(level * LEVEL_STEPS) / LEVEL_STEPS);
    next.set(sid, { sid, level: quantised, isActive: true, silentTicks: 0 });
    if (state.speakers.get(sid)?.level !== quantised) changes.push({ sid, level: quantised, isActive: true });
  }
  for (const [sid, speaker] of state.speakers) {
    if (loud.has(sid)) continue;
    const silentTicks = speaker.silentTicks + 1;
    if (silentTicks < MAX_SILENT_TICKS) next.set(sid, { ...speaker, silentTicks });
    else changes.push({ sid, level: 0, isActive: false });
  }
  return { state: { speakers: next }, changes };
}

export type Rgb = readonly [red: number, green: number, blue: number];

/** What somebody's camera and microphone send. */
export interface MediaPerson {
  /** 0 to 7; written into each picture. */
  readonly personId: number;
  /** Background of the picture, sRGB. */
  readonly colour: Rgb;
  /** The tone that the microphone hears; a multiple of `TONE_STEP_HZ`. */
  readonly toneHz: number;
}

/** Amplitude of every tone; 1 is full scale. */
export const TONE_LEVEL = 0.4;
/** 20 ms, the shortest packet, hold whole periods of every multiple. */
export const TONE_STEP_HZ = 50;
const LOWEST_TONE_HZ = 300;
const HIGHEST_TONE_HZ = 3_000;
const TONES = (HIGHEST_TONE_HZ - LOWEST_TONE_HZ) / TONE_STEP_HZ + 1;
/** Prime to the count of tones: 55 bots in a row have 55 tones, and neighbours are at least 250 Hz apart. */
const TONE_STRIDE = 21;

export const PERSON_IDS = 8;
/** Any two are at least 50 apart in RGB, any six in a row 60 and more. */
const COLOURS: readonly Rgb[] = [
  [205, 70, 60],
  [35, 100, 50],
  [130, 135, 150],
  [135, 205, 70],
  [50, 165, 180],
  [220, 130, 45],
  [110, 65, 40],
  [150, 60, 195],
  [60, 165, 80],
  [70, 95, 215],
  [220, 95, 165],
  [205, 180, 50],
];

/** A bot's person: follows from its number alone, and differs from its neighbours in all three. */
export function mediaPersonOf(botNumber: number): MediaPerson {
  return {
    personId: botNumber % PERSON_IDS,
    colour: COLOURS[botNumber % COLOURS.length]!,
    toneHz: LOWEST_TONE_HZ + ((botNumber * TONE_STRIDE) % TONES) * TONE_STEP_HZ,
  };
}

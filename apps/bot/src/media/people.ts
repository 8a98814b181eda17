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
/** Neighbours in this list differ by about 150 degrees of hue, so they look nothing like each other. */
const COLOURS: readonly Rgb[] = [
  [205, 70, 60],
  [60, 165, 80],
  [70, 95, 215],
  [200, 170, 50],
  [150, 70, 200],
  [50, 160, 170],
  [215, 120, 50],
  [60, 130, 60],
  [215, 90, 165],
  [120, 180, 60],
  [50, 120, 200],
  [140, 90, 60],
];

/** A bot's person: follows from its number alone, and differs from its neighbours in all three. */
export function mediaPersonOf(botNumber: number): MediaPerson {
  return {
    personId: botNumber % PERSON_IDS,
    colour: COLOURS[botNumber % COLOURS.length]!,
    toneHz: LOWEST_TONE_HZ + ((botNumber * TONE_STRIDE) % TONES) * TONE_STEP_HZ,
  };
}

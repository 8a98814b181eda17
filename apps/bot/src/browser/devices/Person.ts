/** Somebody in front of a browser: what their fake camera and microphone send. */
export interface Person {
  readonly name: string;
  /** 0 to 7; written into each picture. */
  readonly id: number;
  /** Background of the picture, sRGB. */
  readonly colour: readonly [red: number, green: number, blue: number];
  /** The tone that the microphone hears. Whole hertz, so that a file of one second loops without a click. */
  readonly toneHz: number;
}

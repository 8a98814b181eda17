/** Somebody in a story: what their fake camera and microphone send. */
export interface Person {
  readonly name: string;
  /** 0 to 7; written into each picture. */
  readonly id: number;
  /** Background of the picture, sRGB. */
  readonly colour: readonly [red: number, green: number, blue: number];
  /** The tone that the microphone hears. Whole hertz, so that a file of one second loops without a click. */
  readonly toneHz: number;
}

export const alice: Person = { name: "Alice", id: 1, colour: [205, 70, 60], toneHz: 520 };
export const bob: Person = { name: "Bob", id: 2, colour: [60, 165, 80], toneHz: 760 };
export const carol: Person = { name: "Carol", id: 3, colour: [70, 95, 215], toneHz: 1130 };

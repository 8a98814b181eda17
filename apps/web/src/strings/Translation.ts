/** Words of another language for a part of a catalogue, as deep as it goes. What is left out stays English. */
export type Translation<T> = {
  readonly [Key in keyof T]?: T[Key] extends string
    ? string
    : T[Key] extends (...given: never) => string
      ? T[Key]
      : Translation<T[Key]>;
};

type Tree = Record<string, unknown>;

/** Puts the words of a translation in the place of those of a catalogue. What the catalogue does not know is left out. */
export function putInto<T extends object>(catalogue: T, translation: Translation<T>): void {
  const words = catalogue as Tree;
  for (const [key, word] of Object.entries(translation)) {
    if (!Object.hasOwn(words, key) || word === undefined) continue;
    const known = words[key];
    if (typeof known === "object" && known !== null) putInto(known, word as Tree);
    else words[key] = word;
  }
}

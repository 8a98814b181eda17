const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const MAX_INITIALS = 2;
const FULL_CIRCLE = 360;

/** The first letters of up to two words of a name, in any script. */
export function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[\s_.-]+/u)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.slice(0, MAX_INITIALS).map(firstGrapheme).join("").toLocaleUpperCase() || "?";
}

/** A hue, 0 to 359, that is always the same for a name. */
export function hueOf(name: string): number {
  let hue = 0;
  for (const character of name) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % FULL_CIRCLE;
  return hue;
}

function firstGrapheme(word: string): string {
  for (const { segment } of segmenter.segment(word.replace(/^[^\p{L}\p{N}]+/u, ""))) return segment;
  return "";
}

/** Letters that are hard to mistake for one another when read aloud or typed: no i, l, o. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz";
const GROUP_LENGTHS = [4, 4, 3] as const;
const MAX_LENGTH = 64;

/** What a link may name: the local part of a room alias that is safe in a path. */
const LINK_ID = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/;

/**
 * Makes the id of a new call, like `abcd-efgh-jkm`: 49 bits, so that it cannot be found by trying.
 *
 * @param randomBytes cryptographically strong
 */
export function createLinkId(randomBytes: (lengthBytes: number) => Uint8Array): string {
  return GROUP_LENGTHS.map((length) => pickLetters(length, randomBytes)).join("-");
}

/** True if a text can be the local part of a call's alias. */
export function isLinkId(text: string): boolean {
  return text.length <= MAX_LENGTH && LINK_ID.test(text);
}

function pickLetters(count: number, randomBytes: (lengthBytes: number) => Uint8Array): string {
  // Bytes beyond the last whole multiple of the alphabet would favour its first letters.
  const limit = 256 - (256 % ALPHABET.length);
  let letters = "";
  while (letters.length < count) {
    const byte = randomBytes(1)[0] ?? 0;
    if (byte < limit) letters += ALPHABET[byte % ALPHABET.length];
  }
  return letters;
}

const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const SID_CHARACTERS = 12;

/** Makes a fresh sid such as `PA_k3v…`: 60 random bits. */
export function newSid(prefix: string, randomBytes: (lengthBytes: number) => Uint8Array): string {
  const characters = Array.from(randomBytes(SID_CHARACTERS), (byte) => ALPHABET.charAt(byte % ALPHABET.length));
  return prefix + characters.join("");
}

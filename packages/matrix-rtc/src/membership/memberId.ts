const ID_BYTES = 16;
const VERSION = 6;
const VARIANT = 8;

/** A member id as layers B and C want it, new for each join: a UUID of version 4, 122 random bits. */
export function makeMemberId(randomBytes: (lengthBytes: number) => Uint8Array): string {
  const bytes = randomBytes(ID_BYTES);
  const hex = Array.from(bytes, (byte, index) => marked(byte, index).toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @see RFC 9562, section 5.4 */
function marked(byte: number, index: number): number {
  if (index === VERSION) return (byte & 0x0f) | 0x40;
  return index === VARIANT ? (byte & 0x3f) | 0x80 : byte;
}

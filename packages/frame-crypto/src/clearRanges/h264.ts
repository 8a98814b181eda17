/** Bytes of the first slice that stay clear: its header byte and the next one. */
const SLICE_CLEAR_BYTES = 2;
const NAL_TYPE_MASK = 0x1f;
const NAL_TYPE_SLICE = 1;
const NAL_TYPE_IDR_SLICE = 5;
const SHORT_START_CODE_BYTES = 3;

/**
 * Clear bytes of an Annex B access unit: parameter sets and whatever else comes first, up to the second byte of the first
 * slice.
 *
 * @returns `undefined` if the bytes are no access unit with a slice
 * @see ITU-T H.264 Annex B, table 7-1; LiveKit's frame cryptor takes types 1 and 5 only
 */
export function h264ClearBytes(frame: Uint8Array): number | undefined {
  let at = nextStartCode(frame, 0);
  if (at === undefined || !isZero(frame, at)) return undefined;
  while (at !== undefined) {
    const unitAt: number = at + SHORT_START_CODE_BYTES;
    const header = frame[unitAt];
    if (header === undefined) return undefined;
    const type = header & NAL_TYPE_MASK;
    if (type === NAL_TYPE_SLICE || type === NAL_TYPE_IDR_SLICE) {
      const clearBytes = unitAt + SLICE_CLEAR_BYTES;
      return clearBytes <= frame.byteLength ? clearBytes : undefined;
    }
    at = nextStartCode(frame, unitAt);
  }
  return undefined;
}

/**
 * Widens 3-byte start codes to 4 bytes. Depacketisers write 4 bytes whatever was sent, so only that form can be
 * authenticated.
 *
 * @returns `header` itself if nothing had to change
 */
export function widenStartCodes(header: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let short = 0;
  forEachShortStartCode(header, () => (short += 1));
  if (short === 0) return header;
  const wide = new Uint8Array(header.byteLength + short);
  let copiedTo = 0;
  let written = 0;
  forEachShortStartCode(header, (at) => {
    wide.set(header.subarray(copiedTo, at), written);
    // The zero that makes the code long is already there.
    written += at - copiedTo + 1;
    copiedTo = at;
  });
  wide.set(header.subarray(copiedTo), written);
  return wide;
}

function forEachShortStartCode(bytes: Uint8Array, visit: (at: number) => void): void {
  let at = nextStartCode(bytes, 0);
  while (at !== undefined) {
    if (at === 0 || bytes[at - 1] !== 0) visit(at);
    at = nextStartCode(bytes, at + SHORT_START_CODE_BYTES);
  }
}

/** Where the next 00 00 01 begins. */
function nextStartCode(bytes: Uint8Array, from: number): number | undefined {
  // Ones are rarer than zeros in parameter sets, and indexOf is native.
  let one = bytes.indexOf(1, from + 2);
  while (one !== -1) {
    if (bytes[one - 1] === 0 && bytes[one - 2] === 0) return one - 2;
    one = bytes.indexOf(1, one + 1);
  }
  return undefined;
}

function isZero(bytes: Uint8Array, end: number): boolean {
  for (let at = 0; at < end; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

/** Frame tag, start code and picture size. */
const KEY_FRAME_CLEAR_BYTES = 10;
/** Frame tag. */
const DELTA_FRAME_CLEAR_BYTES = 3;

/**
 * Clear bytes of a VP8 frame: its uncompressed header, from which SFUs tell key frames.
 *
 * @see RFC 6386 §9.1
 */
export function vp8ClearBytes(isKeyFrame: boolean): number {
  return isKeyFrame ? KEY_FRAME_CLEAR_BYTES : DELTA_FRAME_CLEAR_BYTES;
}

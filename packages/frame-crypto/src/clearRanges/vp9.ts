/**
 * Clear bytes of a VP9 frame: none. What an SFU needs is in the RTP payload descriptor, which is no part of the frame.
 *
 * @see draft-ietf-payload-vp9 §4.2
 */
export const VP9_CLEAR_BYTES = 0;

/**
 * Clear bytes of any audio frame: the Opus table-of-contents byte.
 *
 * @see RFC 6716 §3.1; LiveKit's frame cryptor applies it to all audio
 */
export const OPUS_CLEAR_BYTES = 1;

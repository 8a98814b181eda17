import OpusScript from "opusscript";

/** Decodes packets, one after the other, to mono at 48 kHz. */
export function decodeOpus(packets: readonly Uint8Array[]): Int16Array {
  const decoder = new OpusScript(48_000, 1, OpusScript.Application.AUDIO);
  try {
    const pieces = packets.map((packet) => Buffer.from(decoder.decode(Buffer.from(packet))));
    const bytes = Uint8Array.from(Buffer.concat(pieces));
    return new Int16Array(bytes.buffer);
  } finally {
    decoder.delete();
  }
}

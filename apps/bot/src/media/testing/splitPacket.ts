/** The parts of a code-3 packet of equally long frames with padding. */
export interface SplitPacket {
  readonly toc: number;
  readonly frames: readonly Uint8Array[];
  readonly padding: Uint8Array;
}

/** Reads a packet by the words of RFC 6716, 3.2.5; throws if it is of another form. */
export function splitPacket(packet: Uint8Array): SplitPacket {
  const [toc = 0, counts = 0] = packet;
  if ((toc & 3) !== 3 || (counts & 0b1100_0000) !== 0b0100_0000) throw new Error("Another form of packet");
  let at = 2;
  let paddingBytes = 0;
  // 255 stands for 254 bytes and a further length byte.
  for (; packet[at] === 255; at++) paddingBytes += 254;
  paddingBytes += packet[at++] ?? 0;
  const count = counts & 0b11_1111;
  const frameBytes = (packet.length - at - paddingBytes) / count;
  if (!Number.isInteger(frameBytes) || frameBytes < 0) throw new Error("The frames are not equally long");
  const frames = Array.from({ length: count }, (_, index) =>
    packet.subarray(at + index * frameBytes, at + (index + 1) * frameBytes),
  );
  return { toc, frames, padding: packet.subarray(packet.length - paddingBytes) };
}

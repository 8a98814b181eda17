/** The parts of an encoded frame of WebRTC that cryptors use. */
export interface BenchFrame {
  data: ArrayBuffer;
  readonly timestamp: number;
  /** Absent on audio. */
  readonly type?: "delta";
  getMetadata(): object;
}

const SSRC = 4_711;
const METADATA = {
  audio: { synchronizationSource: SSRC, payloadType: 111, mimeType: "audio/opus" },
  video: { synchronizationSource: SSRC, payloadType: 96, mimeType: "video/VP8" },
};

/** Up to this size a frame is sound, above it is a picture. */
const LARGEST_SOUND_BYTES = 200;
/** What stays clear of a sound and of a picture that is no key frame. */
const CLEAR_BYTES = { audio: 1, video: 3 };

export function kindOf(sizeBytes: number): "audio" | "video" {
  return sizeBytes <= LARGEST_SOUND_BYTES ? "audio" : "video";
}

export function clearBytesOf(sizeBytes: number): number {
  return CLEAR_BYTES[kindOf(sizeBytes)];
}

/** A frame of either kind around these bytes, number `count` of its track. */
export function benchFrame(data: ArrayBuffer, sizeBytes: number, count: number): BenchFrame {
  const kind = kindOf(sizeBytes);
  const frame: BenchFrame = { data, timestamp: count * 960, getMetadata: () => METADATA[kind] };
  return kind === "audio" ? frame : { ...frame, type: "delta" };
}

/** Bytes that look like a frame of that size: noise behind the header of Opus or of a VP8 delta frame. */
export function plainBytes(sizeBytes: number): ArrayBuffer {
  const bytes = new Uint8Array(sizeBytes);
  let state = sizeBytes;
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  bytes.set(kindOf(sizeBytes) === "audio" ? [0xf8] : [0x31, 2, 0]);
  return bytes.buffer;
}

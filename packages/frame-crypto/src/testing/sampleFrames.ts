import type { FrameShape } from "../clearRanges/findClearRange.ts";

/** A plain encoded frame and what WebRTC would tell about it. */
export interface SampleFrame {
  readonly shape: FrameShape;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const SEQUENCE_PARAMETERS = [0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0x0f, 0xd9, 0x1f, 0x88];
const PICTURE_PARAMETERS = [0, 0, 0, 1, 0x68, 0x87, 0xcb, 0x83];
const IDR_SLICE = [0, 0, 0, 1, 0x65, 0x88];
const SLICE = [0, 0, 0, 1, 0x41, 0x9a];

/** Frames of every codec that have `body` behind their headers. They look right to a packetiser, not to a decoder. */
export function sampleFrames(body: Uint8Array): readonly SampleFrame[] {
  return [
    sample({ kind: "audio", codec: "opus", isKeyFrame: false }, [0xf8], body),
    sample({ kind: "video", codec: "vp8", isKeyFrame: true }, [0x10, 2, 0, 0x9d, 1, 0x2a, 64, 1, 180, 0], body),
    sample({ kind: "video", codec: "vp8", isKeyFrame: false }, [0x31, 2, 0], body),
    sample({ kind: "video", codec: "vp9", isKeyFrame: true }, [0x82, 0x49, 0x83], body),
    sample({ kind: "video", codec: "av1", isKeyFrame: true }, [0x12, 0x00, 0x0a, 0x0b], body),
    sample(
      { kind: "video", codec: "h264", isKeyFrame: true },
      [...SEQUENCE_PARAMETERS, ...PICTURE_PARAMETERS, ...IDR_SLICE],
      body,
    ),
    sample({ kind: "video", codec: "h264", isKeyFrame: false }, SLICE, body),
    sample({ kind: "video", codec: "unknown", isKeyFrame: false }, SLICE, body),
    sample({ kind: "video", codec: "unknown", isKeyFrame: false }, [0x31, 2, 0], body),
  ];
}

function sample(shape: FrameShape, header: readonly number[], body: Uint8Array): SampleFrame {
  return { shape, bytes: Uint8Array.from([...header, ...body]) };
}

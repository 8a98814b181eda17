import type { FrameReader, FrameTransform } from "../transform/FrameTransform.ts";
import { shapeOf } from "./frameShape.ts";
import type { EncodedFrame } from "./messages.ts";

/** Looks into the frames of a browser. */
export const encodedFrames: FrameReader<EncodedFrame> = { bytesOf: (frame) => new Uint8Array(frame.data), shapeOf };

/** Sends one frame through a transform, and on if it may. */
export async function passFrame(
  transform: FrameTransform<EncodedFrame>,
  frame: EncodedFrame,
  next: { enqueue(frame: EncodedFrame): void },
): Promise<void> {
  const { outcome, bytes } = await transform.transformFrame(frame);
  if (bytes === undefined) return;
  if (outcome === "encrypted" || outcome === "decrypted") frame.data = bytes.buffer;
  next.enqueue(frame);
}

/** Sends the frames of a track through a transform, one after the other, until the track ends; never rejects. */
export async function pipeFrames(
  transform: FrameTransform<EncodedFrame>,
  readable: ReadableStream<EncodedFrame>,
  writable: WritableStream<EncodedFrame>,
): Promise<void> {
  const step = new TransformStream<EncodedFrame, EncodedFrame>({
    transform: (frame, controller) => passFrame(transform, frame, controller),
  });
  // A pipe ends with a fault whenever a track ends in the midst of a frame; no frame passes after that.
  await readable
    .pipeThrough(step)
    .pipeTo(writable)
    .catch(() => {});
}

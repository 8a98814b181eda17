import { AudioStream, type RemoteTrack, type VideoFrame, VideoBufferType, VideoStream } from "@livekit/rtc-node";
import type { MediaKind } from "@conclave/frame-crypto";

import type { I420Picture } from "../media/index.ts";
import type { Witness } from "./NativeLedger.ts";
import { SAMPLE_RATE } from "./soundFeed.ts";

/** Long enough to tell neighbouring tones apart, and few enough of them. */
const WINDOW_MS = 100;

/**
 * Shows everything that is decoded of the track to the witness.
 *
 * @returns a function that ends it; the library goes on delivering otherwise
 */
export function decode(track: RemoteTrack, kind: MediaKind, witness: Witness): () => void {
  const stop = new AbortController();
  const until = { signal: stop.signal };
  const done =
    kind === "audio"
      ? new AudioStream(track, { sampleRate: SAMPLE_RATE, numChannels: 1, frameSizeMs: WINDOW_MS }).pipeTo(
          new WritableStream({ write: ({ data, sampleRate }) => witness.hear(data, sampleRate) }),
          until,
        )
      : new VideoStream(track).pipeTo(
          new WritableStream({ write: ({ frame }) => witness.see(toPicture(frame)) }),
          until,
        );
  // Aborting is the only way in which it ends early.
  done.catch(() => {});
  return () => stop.abort();
}

function toPicture(frame: VideoFrame): I420Picture {
  const { data, height, width } = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
  const chromaWidth = (width + 1) >> 1;
  const chromaBytes = chromaWidth * ((height + 1) >> 1);
  const lumaBytes = width * height;
  return {
    width,
    height,
    y: data.subarray(0, lumaBytes),
    u: data.subarray(lumaBytes, lumaBytes + chromaBytes),
    v: data.subarray(lumaBytes + chromaBytes, lumaBytes + 2 * chromaBytes),
    yStride: width,
    uStride: chromaWidth,
    vStride: chromaWidth,
  };
}

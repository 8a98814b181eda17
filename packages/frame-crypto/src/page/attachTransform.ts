import { FrameCryptoError } from "../errors.ts";
import type { ToWorker, TransformSetup } from "../worker/messages.ts";

/** Chromium's older way to frames; absent from the standard library's types. */
interface EncodedStreamsOwner {
  createEncodedStreams?(): {
    readonly readable: ReadableStream<RTCEncodedAudioFrame | RTCEncodedVideoFrame>;
    readonly writable: WritableStream<RTCEncodedAudioFrame | RTCEncodedVideoFrame>;
  };
}

/** Which way to the frames is taken. `encoded_streams` needs a connection made with `encodedInsertableStreams`. */
export type TransformMechanism = "script_transform" | "encoded_streams";

/** The way that this browser offers, the standard one first. */
export function availableMechanism(): TransformMechanism {
  return "RTCRtpScriptTransform" in globalThis ? "script_transform" : "encoded_streams";
}

/**
 * Puts a transform between a track and the network. Done when it returns: no frame passes that the worker has not let
 * through, not even while the worker is still starting.
 *
 * @throws {FrameCryptoError} `transform_unsupported`, `transform_refused`: the track must not be used
 */
export function attachTransform(
  worker: Worker,
  target: RTCRtpSender | RTCRtpReceiver,
  setup: TransformSetup,
  mechanism: TransformMechanism,
): void {
  try {
    if (mechanism === "script_transform") target.transform = new RTCRtpScriptTransform(worker, setup);
    else transferStreams(worker, target as EncodedStreamsOwner, setup);
  } catch (cause) {
    if (cause instanceof FrameCryptoError) throw cause;
    throw new FrameCryptoError("transform_refused", "The browser refused to attach the transform", { cause });
  }
}

function transferStreams(worker: Worker, target: EncodedStreamsOwner, setup: TransformSetup): void {
  if (target.createEncodedStreams === undefined) {
    throw new FrameCryptoError("transform_unsupported", "This browser offers no way to the encoded frames");
  }
  const { readable, writable } = target.createEncodedStreams();
  const message: ToWorker = { type: "attach", setup, readable, writable };
  worker.postMessage(message, [readable, writable]);
}

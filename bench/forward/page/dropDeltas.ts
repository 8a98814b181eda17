/** The part of a worker's `RTCTransformEvent` that is used here; the page's types do not have it. */
interface TransformEvent extends Event {
  readonly transformer: { readonly readable: ReadableStream; readonly writable: WritableStream };
}

/**
 * A worker that lets key frames through and drops the rest: receivers count packets without spending this machine's
 * cores on decoding, and do not ask for key frames all the time as they would if they got nothing.
 */
addEventListener("rtctransform", (event) => {
  const { readable, writable } = (event as TransformEvent).transformer;
  const keyFramesOnly = new TransformStream<RTCEncodedVideoFrame, RTCEncodedVideoFrame>({
    transform(frame, controller) {
      if (frame.type === "key") controller.enqueue(frame);
    },
  });
  void readable.pipeThrough(keyFramesOnly).pipeTo(writable);
});

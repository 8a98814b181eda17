import { systemClock } from "@conclave/kit";
import { seededRandom } from "@conclave/kit/testing";

import type { EncodedFrame } from "../../worker/messages.ts";
import { FrameCryptoEngine } from "../../worker/FrameCryptoEngine.ts";
import { tryToWorker, tryTransformSetup } from "../../worker/messages.ts";

/** Share of the frames that never arrive, each for itself. */
const LOSS = 0.1;
const SEED = 20_261_130;

/** The part of the worker's global scope that is used here; the page's types do not have it. */
interface TransformEvent extends Event {
  readonly transformer: {
    readonly readable: ReadableStream<EncodedFrame>;
    readonly writable: WritableStream<EncodedFrame>;
    readonly options: unknown;
  };
}

/** The frame-crypto worker behind a network that loses frames before it gets them. */
const engine = new FrameCryptoEngine({
  clock: systemClock,
  randomUint32: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  send: (message) => postMessage(message),
});

addEventListener("message", (event: MessageEvent<unknown>) => {
  const message = tryToWorker(event.data);
  if (message !== undefined) engine.handle(message);
});

addEventListener("rtctransform", (event) => {
  const { readable, writable, options } = (event as TransformEvent).transformer;
  const setup = tryTransformSetup(options);
  if (setup === undefined) return;
  const random = seededRandom(SEED);
  const lossy = new TransformStream<EncodedFrame, EncodedFrame>({
    transform: (frame, next) => {
      if (random.next() >= LOSS) next.enqueue(frame);
    },
  });
  void engine.attach(setup, { readable: readable.pipeThrough(lossy), writable });
});

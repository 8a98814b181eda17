import { systemClock } from "@conclave/kit";

import { FrameCryptoEngine } from "./FrameCryptoEngine.ts";
import { tryToWorker, tryTransformSetup } from "./messages.ts";

declare const self: DedicatedWorkerGlobalScope;

const engine = new FrameCryptoEngine({
  clock: systemClock,
  randomUint32: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  send: (message) => self.postMessage(message),
});

self.addEventListener("message", (event: MessageEvent<unknown>) => {
  const message = tryToWorker(event.data);
  if (message === undefined) self.postMessage({ type: "fault", code: "unexpected" });
  else engine.handle(message);
});

self.addEventListener("rtctransform", (event) => {
  const { transformer } = event;
  const setup = tryTransformSetup(transformer.options);
  // Nobody reads the frames of a transform without a setup, so none of them passes.
  if (setup === undefined) return;
  const { readable, writable } = transformer;
  void engine.attach(setup, { readable, writable, keyFrames: transformer });
});

import { measure, type Task } from "./measure.ts";

/** Frames are encrypted in a worker of their own in a call too: the page's thread has other things to do. */
addEventListener("message", (event: MessageEvent<Task>) => {
  void measure(event.data).then((samples) => postMessage(samples));
});

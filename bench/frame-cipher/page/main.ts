import type { Samples, Task } from "./measure.ts";

declare global {
  interface Window {
    /** Resolves with the samples of one task, taken in a worker. */
    measureCipher(task: Task): Promise<Samples>;
  }
}

const worker = new Worker(new URL("./cipherWorker.ts", import.meta.url), { type: "module" });

window.measureCipher = (task) =>
  new Promise((resolve, reject) => {
    worker.addEventListener("message", (event: MessageEvent<Samples>) => resolve(event.data), { once: true });
    worker.addEventListener("error", ({ message }) => reject(new Error(message)), { once: true });
    worker.postMessage(task);
  });

import type { Clock } from "@conclave/kit";
import type * as OlmBindings from "@matrix-org/matrix-sdk-crypto-wasm";

/** The bindings of matrix-sdk-crypto, loaded and ready. */
export type Olm = typeof OlmBindings;

/** When a page is hidden there is no frame to wait for. */
const MAX_PAINT_WAIT_MS = 250;

/** Loads the WASM module (7.8 MB, 2 MB on the wire) on its own and not before the page has had its first paint. */
export async function loadOlm(clock: Clock): Promise<Olm> {
  await firstPaint(clock);
  const olm = await import("@matrix-org/matrix-sdk-crypto-wasm");
  await olm.initAsync();
  return olm;
}

function firstPaint(clock: Clock): Promise<void> {
  if (typeof globalThis.requestAnimationFrame !== "function") return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(MAX_PAINT_WAIT_MS, resolve);
    // A frame's callback runs before its paint, so the second one comes after the first paint.
    globalThis.requestAnimationFrame(() =>
      globalThis.requestAnimationFrame(() => {
        cancel();
        resolve();
      }),
    );
  });
}

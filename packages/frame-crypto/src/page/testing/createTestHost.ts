import type { Scope } from "@conclave/kit";

import { createFrameCryptoHost, type FrameCryptoHostDeps } from "../FrameCryptoHost.ts";
import type { WorkerFrameCryptoHost } from "../ports.ts";

/** A host on the real worker that closes with the scope. */
export function createTestHost(scope: Scope, deps: Partial<FrameCryptoHostDeps> = {}): WorkerFrameCryptoHost {
  const host = createFrameCryptoHost({
    createWorker: () => new Worker(new URL("../../worker/frameCryptoWorker.ts", import.meta.url), { type: "module" }),
    policy: "required",
    ...deps,
  });
  scope.onEnd(() => host.close());
  return host;
}

/** A key as `frame-keys` makes them. */
export function createKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(16));
}

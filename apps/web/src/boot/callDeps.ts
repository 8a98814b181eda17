import type { CallDeps, SfuClient } from "@conclave/call";
import { createFrameCryptoHost } from "@conclave/frame-crypto/page";
import { systemClock, type Logger, type Scope } from "@conclave/kit";

export interface CallEnvironment {
  readonly window: Window & typeof globalThis;
  readonly matrix: CallDeps["matrix"];
  readonly logger: Logger;
}

/** What a call needs of a browser, whoever keeps the account. What is started ahead of time ends with the visit. */
export function createCallDeps({ window, matrix, logger }: CallEnvironment, visit: Scope): CallDeps {
  const createWorker = warmCryptoWorkers(visit);
  return {
    matrix,
    sfu: lazySfu(logger),
    createFrameCrypto: (policy) => createFrameCryptoHost({ createWorker, policy, logger }),
    clock: systemClock,
    randomBytes: strongRandomBytes,
    fetch: window.fetch.bind(window),
    logger,
  };
}

export function strongRandomBytes(lengthBytes: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(lengthBytes));
}

function createCryptoWorker(): Worker {
  return new Worker(new URL("@conclave/frame-crypto/worker", import.meta.url), {
    type: "module",
    name: "frame-crypto",
  });
}

/** The first worker is started in the lobby, so that a join waits neither for its script nor for its thread. */
function warmCryptoWorkers(visit: Scope): () => Worker {
  let spare: Worker | undefined = createCryptoWorker();
  visit.onEnd(() => spare?.terminate());
  return () => {
    const worker = spare ?? createCryptoWorker();
    spare = undefined;
    return worker;
  };
}

/** livekit-client is the largest part of the app and is not needed before the click on Join: it comes meanwhile. */
function lazySfu(logger: Logger): SfuClient {
  const loading = import("@conclave/call/livekitClientSfu");
  // Whoever connects sees the failure.
  loading.catch(() => {});
  return {
    async connect(grant, options, scope) {
      const { createLivekitClientSfu } = await loading;
      return createLivekitClientSfu({ clock: systemClock, logger }).connect(grant, options, scope);
    },
  };
}

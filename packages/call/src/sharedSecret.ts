import type { FrameCryptoHost, WorkerFrameCryptoHost } from "@conclave/frame-crypto/page";
import type { Secret } from "@conclave/kit";

import { CallError } from "./errors.ts";

/** All who have the link encrypt with one key, and it never changes. @see matrixrtc.md 11.8 */
const SHARED_INDEX = 0;

/** The one key of a call in shared-secret mode, given to whatever owner needs it. */
export class SharedSecret {
  readonly #host: WorkerFrameCryptoHost;
  readonly #secret: Secret<string>;

  /** @throws {CallError} `encryption_unsupported` if this frame crypto cannot derive keys from passwords */
  constructor(host: FrameCryptoHost | WorkerFrameCryptoHost, secret: Secret<string>) {
    if (!("setPassword" in host)) throw new CallError("encryption_unsupported", "No keys from passwords here");
    this.#host = host;
    this.#secret = secret;
  }

  install(ownerId: string): void {
    this.#host.setPassword(ownerId, SHARED_INDEX, this.#secret.reveal());
  }

  use(ownerId: string): void {
    this.install(ownerId);
    this.#host.useSenderKey(ownerId, SHARED_INDEX);
  }
}

import type { Clock, Logger } from "@conclave/kit";
import type { FrameCryptoHost } from "@conclave/frame-crypto/page";
import type { MatrixPort } from "@conclave/matrix-rtc";

import type { SfuClient } from "./sfu/ports.ts";

/** What the flow needs from outside. Web and bots give different adapters, the flow is the same. */
export interface CallDeps {
  readonly matrix: MatrixPort;
  readonly sfu: SfuClient;
  /** Makes the frame-crypto worker handle; called once per call. */
  readonly createFrameCrypto: (policy: "required" | "off") => FrameCryptoHost;
  readonly clock: Clock;
  /** Cryptographically strong; keys come from here. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array<ArrayBuffer>;
  readonly fetch: typeof globalThis.fetch;
  readonly logger: Logger;
}

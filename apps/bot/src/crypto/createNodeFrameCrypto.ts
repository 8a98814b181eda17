import type { FrameCryptoHost } from "@conclave/frame-crypto/page";

import { NodeFrameCrypto, type NodeFrameCryptoDeps } from "./NodeFrameCrypto.ts";
import { type FrameTamper, TamperedFrameCrypto } from "./tamper.ts";

export interface BotFrameCryptoDeps extends NodeFrameCryptoDeps {
  /** What the bot does wrong on purpose; nothing if not given. */
  readonly tamper?: FrameTamper | undefined;
}

/** Makes the frame encryption of one bot. Its senders and receivers must be those of `rtc/browserTypes.ts`. */
export function createNodeFrameCrypto(deps: BotFrameCryptoDeps): FrameCryptoHost {
  const host = new NodeFrameCrypto(deps);
  return deps.tamper === undefined ? host : new TamperedFrameCrypto(host, deps.tamper, deps.randomUint32);
}

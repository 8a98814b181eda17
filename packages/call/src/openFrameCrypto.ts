import type { FrameCryptoHost } from "@conclave/frame-crypto/page";

import type { CallDeps } from "./deps.ts";
import { CallError } from "./errors.ts";

/**
 * Starts the frame crypto of a call. The policy follows from the room alone and never changes: an SFU that claims "no
 * encryption" changes nothing.
 *
 * @throws {CallError} `encryption_unsupported` if this browser cannot transform frames
 */
export function openFrameCrypto(deps: CallDeps, isEncrypted: boolean): FrameCryptoHost {
  try {
    return deps.createFrameCrypto(isEncrypted ? "required" : "off");
  } catch (cause) {
    throw new CallError("encryption_unsupported", "Frames cannot be encrypted in this browser", { cause });
  }
}

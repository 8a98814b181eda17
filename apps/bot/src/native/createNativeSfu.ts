import type { SfuClient } from "@conclave/call";

import { NativeConnection, type NativeConnectionDeps } from "./NativeConnection.ts";

/**
 * Connects to LiveKit-compatible SFUs with LiveKit's native library: its own WebRTC, codecs and frame encryption.
 *
 * @see livekit.md 7.2
 */
export function createNativeSfu(deps: NativeConnectionDeps): SfuClient {
  return {
    connect: (grant, { guard }, scope) => NativeConnection.open(deps, { grant, guard }, scope),
  };
}

import { createKeyDistributor, type KeyDistributor, toDeviceKeyTransport } from "@conclave/frame-keys";
import type { Scope } from "@conclave/kit";
import type { RoomId, RtcSession } from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import type { MediaEncryption } from "./mediaEncryption.ts";

export interface KeyedParts {
  readonly roomId: RoomId;
  readonly session: RtcSession;
  readonly encryption: MediaEncryption;
}

/** Starts sending our key to all members and putting theirs to use. Our first key is in use when this returns. */
export function distributeKeys(deps: CallDeps, parts: KeyedParts, scope: Scope): KeyDistributor {
  const { session, encryption, roomId } = parts;
  const { memberId } = session.self;
  const transport = toDeviceKeyTransport(deps, { roomId, slot: session.slot, memberId }, scope);
  const { clock, logger, randomBytes } = deps;
  return createKeyDistributor(
    { transport, sink: encryption.sink, clock, randomBytes, logger },
    { self: session.self, members: session.members },
    scope,
  );
}

import { createKeyDistributor, type KeyDistributor, toDeviceKeyTransport } from "@conclave/frame-keys";
import type { ReadonlySignal, Scope } from "@conclave/kit";
import type { RoomId, RtcSession } from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import type { MediaEncryption } from "./mediaEncryption.ts";

export interface KeyedParts {
  readonly roomId: RoomId;
  readonly session: RtcSession;
  readonly encryption: MediaEncryption;
  /** Whether we publish anything. */
  readonly isSending: ReadonlySignal<boolean>;
}

/** Puts the keys of all members to use, and sends them ours as soon as we publish something. */
export function distributeKeys(deps: CallDeps, parts: KeyedParts, scope: Scope): KeyDistributor {
  const { session, encryption, roomId, isSending } = parts;
  const { memberId } = session.self;
  const transport = toDeviceKeyTransport(deps, { roomId, slot: session.slot, memberId }, scope);
  const { clock, logger, randomBytes } = deps;
  return createKeyDistributor(
    { transport, sink: encryption.sink, clock, randomBytes, logger },
    { self: session.self, members: session.members, isSending },
    scope,
  );
}

import { createKeyDistributor, type KeyDistributor, toDeviceKeyTransport, TrustBook } from "@conclave/frame-keys";
import { computed, type Scope } from "@conclave/kit";
import type { RtcSession } from "@conclave/matrix-rtc";

import type { CallDeps } from "./deps.ts";
import type { LocalMedia } from "./LocalMedia.ts";
import type { MediaEncryption } from "./mediaEncryption.ts";
import type { JoinOptions } from "./model.ts";

export interface KeyedParts {
  readonly session: RtcSession;
  readonly encryption: MediaEncryption;
  readonly media: Pick<LocalMedia, "tracks">;
  readonly options: Pick<JoinOptions, "roomId" | "trustPolicy">;
}

/** Puts the keys of all members to use, asks for those that are missing, and sends ours as soon as we publish something. */
export function distributeKeys(deps: CallDeps, parts: KeyedParts, scope: Scope): KeyDistributor {
  const { session, encryption, media, options } = parts;
  const { roomId, trustPolicy } = options;
  const { self, slot, members } = session;
  const { clock, logger, randomBytes } = deps;
  const trust = new TrustBook(trustPolicy);
  const transport = toDeviceKeyTransport(deps, { roomId, slot, memberId: self.memberId, trust }, scope);
  const isSending = computed(() => media.tracks.get().size > 0);
  const isQuiet = computed(() => Array.from(media.tracks.get().values()).every(({ isMuted }) => isMuted));
  const keys = createKeyDistributor(
    { transport, sink: encryption.sink, clock, randomBytes, logger },
    { call: roomId, self, members, isSending, isQuiet, trust },
    scope,
  );
  encryption.undecryptable.on(scope, (memberId) => keys.noteUndecryptable(memberId));
  return keys;
}

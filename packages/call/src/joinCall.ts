import { computed, Scope } from "@conclave/kit";

import { announce } from "./announce.ts";
import { CallProgress } from "./CallProgress.ts";
import type { CallDeps } from "./deps.ts";
import { distributeKeys } from "./distributeKeys.ts";
import { LocalMedia } from "./LocalMedia.ts";
import { encryptMedia } from "./mediaEncryption.ts";
import type { Call, JoinOptions } from "./model.ts";
import { type Lobby, openLobby } from "./openLobby.ts";
import { openFrameCrypto } from "./openFrameCrypto.ts";
import { openSession } from "./openSession.ts";
import { publishOver } from "./publishOver.ts";
import { RunningCall } from "./RunningCall.ts";
import { SfuConnections } from "./sfu/SfuConnections.ts";
import { toCallError } from "./toCallError.ts";

/**
 * THE FLOW: from the click on Join to a running call.
 *
 * Resolves when the SFU's signalling stands, the membership is published and own frames have a key. Tracks are
 * published as soon as the signalling stands; their frames are dropped until there is a key. On failure everything
 * that was begun is undone.
 *
 * @param lobby what was prepared while the person was looking; without it everything is asked for now
 * @throws {CallError} any of `CallErrorCode`
 * @see docs/join-flow.md
 */
export async function joinCall(deps: CallDeps, options: JoinOptions, lobby?: Lobby): Promise<Call> {
  const scope = new Scope((fault) => deps.logger.error("clean-up failed", { code: toCallError(fault).code }));
  const progress = new CallProgress(deps.clock, () => void scope.end());
  progress.mark("click");
  try {
    const { prepared } = lobby ?? openLobby(deps, options, scope);
    prepared.joiningNow.set(progress.state);

    // 1. Who is there, must media be encrypted, and where is the SFU? Matrix says so, never the SFU.
    const [room, transport, features] = await Promise.all([prepared.room(), prepared.transport(), prepared.features()]);
    const session = openSession(deps, { ...options, features }, scope);
    progress.dispatch({ type: "stepDone", step: "discovering" });

    // 2. Frames get their guard before there is a connection on which they could flow.
    const host = openFrameCrypto(deps, room.isEncrypted);
    const { logger } = deps;
    const encryption = encryptMedia({ host, members: session.members, timings: progress, logger }, scope);

    // 3. The SFU, the membership and the keys go their ways side by side.
    const guarded = { ...deps, authorizer: prepared.authorizer, guard: encryption.guard, timings: progress };
    const sfus = new SfuConnections(guarded, transport.serviceUrl, scope);
    const media = new LocalMedia(logger, scope);
    if (options.microphone) void media.set("microphone", options.microphone);
    if (options.camera) void media.set("camera", options.camera);
    publishOver(sfus, media, scope);
    sfus.follow(session.members);
    const isSending = computed(() => media.tracks.get().size > 0);
    const keys = room.isEncrypted
      ? distributeKeys(deps, { session, encryption, roomId: options.roomId, isSending }, scope)
      : undefined;
    await Promise.all([
      sfus.connectOwn(),
      announce(deps, { room, session, transport, options }, scope).then(() => progress.mark("announced")),
      keys?.firstKeyReady,
    ]);
    progress.dispatch({ type: "stepDone", step: "keying" });
    return new RunningCall(deps, { scope, progress, room, session, encryption, sfus, media, keys });
  } catch (fault) {
    const error = toCallError(fault);
    progress.dispatch({ type: "failed", error });
    await scope.end();
    throw error;
  }
}

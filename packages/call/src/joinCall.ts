import { Scope, steadyClock } from "@conclave/kit";
import type { CallIntent } from "@conclave/matrix-rtc";

import { announce } from "./announce.ts";
import { openCallEvents } from "./callEvents.ts";
import { CallProgress } from "./CallProgress.ts";
import type { CallDeps } from "./deps.ts";
import { delegateLeave } from "./delegateLeave.ts";
import { distributeKeys } from "./distributeKeys.ts";
import { namedTransport } from "./findOwnTransport.ts";
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
export async function joinCall(given: CallDeps, options: JoinOptions, lobby?: Lobby): Promise<Call> {
  // Deadlines are not moved by who sets the computer's clock during a call.
  const deps = { ...given, clock: steadyClock(given.clock) };
  const scope = new Scope((fault) => deps.logger.error("clean-up failed", { code: toCallError(fault).code }));
  const progress = new CallProgress(deps.clock, () => void scope.end());
  progress.mark("click");
  try {
    const { prepared } = lobby ?? openLobby(deps, options, scope);
    prepared.joiningNow.set(progress.state);

    // 1. Who is there, must media be encrypted, and where is the SFU? Matrix says so, never the SFU.
    const [room, transport, features, place] = await Promise.all([
      prepared.room(),
      prepared.transport(),
      prepared.features(),
      prepared.takePlace(options.layer),
    ]);
    const session = openSession(deps, { ...options, features, form: place.form }, scope);
    const events = openCallEvents(deps, { session, options, features }, scope);
    progress.dispatch({ type: "stepDone", step: "discovering" });

    // 2. Frames get their guard before there is a connection on which they could flow.
    const { sharedSecret } = options;
    const host = openFrameCrypto(deps, room.isEncrypted || sharedSecret !== undefined);
    const { logger } = deps;
    const encrypting = { host, members: session.members, timings: progress, logger, sharedSecret };
    const encryption = encryptMedia(encrypting, scope);

    // 3. The SFU, the membership and the keys go their ways side by side.
    const guarded = { ...deps, authorizer: place.authorizer, guard: encryption.guard, timings: progress };
    const sfus = new SfuConnections(guarded, transport.serviceUrl, scope);
    const media = new LocalMedia(logger, scope);
    if (options.microphone) void media.set("microphone", options.microphone);
    if (options.camera) void media.set("camera", options.camera);
    publishOver(sfus, media, scope);
    sfus.follow(session.members);
    const hasOwnKeys = room.isEncrypted && sharedSecret === undefined;
    const keys = hasOwnKeys ? distributeKeys(deps, { session, encryption, media, options }, scope) : undefined;
    const announceAs = async (options: JoinOptions): Promise<void> =>
      announce(deps, { room, session, transport: await namedTransport(place, transport), options }, scope);
    await Promise.all([
      sfus.connectOwn(),
      announceAs(options).then(() => progress.mark("announced")),
      keys?.firstKeyReady,
    ]);
    progress.dispatch({ type: "stepDone", step: "keying" });
    void delegateLeave({ ...deps, authorizer: place.authorizer, session, sfus }, transport.serviceUrl, scope);
    const told = { events, options, announce: (intent: CallIntent) => announceAs({ ...options, intent }) };
    return new RunningCall(deps, { scope, progress, room, session, encryption, sfus, media, keys, ...told });
  } catch (fault) {
    const error = toCallError(fault);
    progress.dispatch({ type: "failed", error });
    await scope.end();
    throw error;
  }
}

import { type CancelTimer, type Clock, effect, type ReadonlySignal, type Scope } from "@conclave/kit";
import type { RtcSession } from "@conclave/matrix-rtc";

import type { CallProgress } from "./CallProgress.ts";
import { CallError } from "./errors.ts";
import type { SfuConnections } from "./sfu/SfuConnections.ts";
import { toCallError } from "./toCallError.ts";

export interface WatchedSides {
  readonly clock: Clock;
  readonly isSyncing: ReadonlySignal<boolean>;
  readonly session: RtcSession;
  readonly sfus: SfuConnections;
  /** What the call was joined with; a room can become encrypted, never the reverse. */
  readonly isEncrypted: boolean;
}

/** A long poll that breaks and comes back at once is nobody's business. Media do not wait for the homeserver. */
const HOMESERVER_GRACE_MS = 4_000;

/** Tells the call's progress when the SFU or the homeserver is lost, is back, or has ended the call. */
export function watchSides(sides: WatchedSides, progress: CallProgress, scope: Scope): void {
  watchSfu(sides.sfus, progress, scope);
  watchHomeserver(sides, progress, scope);
  sides.session.failed.on(scope, (fault) => {
    progress.dispatch({ type: "failed", error: toCallError(fault, "membership_failed") });
  });
  effect(scope, () => {
    if (sides.isEncrypted || !sides.session.isEncrypted.get()) return;
    const message = "The room became encrypted during a call without encryption";
    progress.dispatch({ type: "failed", error: new CallError("crypto_failed", message, { retryable: true }) });
  });
}

function watchSfu(sfus: SfuConnections, progress: CallProgress, scope: Scope): void {
  effect(scope, () => {
    const status = sfus.ownStatus();
    if (status.is === "over") return progress.dispatch({ type: "failed", error: status.error });
    const isUp = status.is === "up" && status.connection.state.get() === "connected";
    progress.dispatch({ type: isUp ? "back" : "lost", side: "sfu" });
  });
}

function watchHomeserver(sides: WatchedSides, progress: CallProgress, scope: Scope): void {
  let cancelGrace: CancelTimer | undefined;
  scope.onEnd(() => cancelGrace?.());
  effect(scope, () => {
    const state = sides.session.state.get();
    const isProbablyLeft = state.phase === "joined" && state.isProbablyLeft;
    if (sides.isSyncing.get() && !isProbablyLeft) {
      cancelGrace?.();
      cancelGrace = undefined;
      return progress.dispatch({ type: "back", side: "homeserver" });
    }
    // Once begun, the wait goes on, whatever else is found to be broken meanwhile.
    cancelGrace ??= sides.clock.after(HOMESERVER_GRACE_MS, () => {
      progress.dispatch({ type: "lost", side: "homeserver" });
    });
  });
}

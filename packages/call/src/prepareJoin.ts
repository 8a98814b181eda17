import { type CancelTimer, type Clock, effect, type ReadonlySignal, type Scope, sleep, untracked } from "@conclave/kit";
import type { DeviceAddress, MatrixPort, RtcMember } from "@conclave/matrix-rtc";

/** How often the prepared grant is looked at; it is renewed only when half of its life is over. */
const GRANT_CHECK_MS = 60_000;
/** Devices for which Olm sessions are opened ahead of time. */
const MAX_PREPARED_DEVICES = 2_000;
const ROUND_MS = 1_000;

/** Gets a grant and renews it in time, until the scope ends. Never rejects if `grant` does not. */
export async function keepGrantWarm(clock: Clock, grant: () => Promise<unknown>, scope: Scope): Promise<void> {
  while (!scope.isEnded) {
    await grant();
    await sleep(clock, GRANT_CHECK_MS, scope.signal).catch(() => {});
  }
}

/**
 * Opens Olm sessions with every member's device, so that the first key is one request away. Those who are there are
 * prepared at once; who comes later waits for others who do, because each round costs as much as several sessions.
 */
export function prepareOlm(
  { clock, matrix }: { readonly clock: Clock; readonly matrix: MatrixPort },
  members: ReadonlySignal<readonly RtcMember[]>,
  scope: Scope,
): void {
  const prepared = new Set([deviceOf(matrix.self)]);
  let cancelRound: CancelTimer | undefined;
  scope.onEnd(() => cancelRound?.());
  const fresh = (): readonly RtcMember[] => members.get().filter((member) => !prepared.has(deviceOf(member)));
  const prepareRound = (): void => {
    cancelRound = undefined;
    const round = fresh().slice(0, MAX_PREPARED_DEVICES - prepared.size);
    for (const member of round) prepared.add(deviceOf(member));
    if (round.length > 0) void matrix.prepareSessions(round.map(({ userId, deviceId }) => ({ userId, deviceId })));
  };
  effect(scope, () => {
    if (fresh().length === 0) return;
    untracked(() => {
      if (prepared.size === 1) prepareRound();
      else cancelRound ??= clock.after(ROUND_MS, prepareRound);
    });
  });
}

function deviceOf({ userId, deviceId }: DeviceAddress): string {
  return JSON.stringify([userId, deviceId]);
}

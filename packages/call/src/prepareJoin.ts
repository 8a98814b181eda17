import { type Clock, effect, type ReadonlySignal, type Scope, sleep } from "@conclave/kit";
import type { MatrixPort, RtcMember } from "@conclave/matrix-rtc";

/** How often the prepared grant is looked at; it is renewed only when half of its life is over. */
const GRANT_CHECK_MS = 60_000;
/** Devices for which Olm sessions are opened ahead of time. */
const MAX_PREPARED_DEVICES = 2_000;

/** Gets a grant and renews it in time, until the scope ends. Never rejects if `grant` does not. */
export async function keepGrantWarm(clock: Clock, grant: () => Promise<unknown>, scope: Scope): Promise<void> {
  while (!scope.isEnded) {
    await grant();
    await sleep(clock, GRANT_CHECK_MS, scope.signal).catch(() => {});
  }
}

/** Opens Olm sessions with every member's device, so that the first key is one request away. */
export function prepareOlm(matrix: MatrixPort, members: ReadonlySignal<readonly RtcMember[]>, scope: Scope): void {
  const prepared = new Set<string>();
  effect(scope, () => {
    const fresh = members.get().filter(({ userId, deviceId }) => {
      const device = JSON.stringify([userId, deviceId]);
      const isOwn = userId === matrix.self.userId && deviceId === matrix.self.deviceId;
      if (isOwn || prepared.has(device) || prepared.size >= MAX_PREPARED_DEVICES) return false;
      prepared.add(device);
      return true;
    });
    if (fresh.length === 0) return;
    void matrix.prepareSessions(fresh.map(({ userId, deviceId }) => ({ userId, deviceId })));
  });
}

import { computed, type ReadonlySignal, type Scope } from "@conclave/kit";
import { type RingingRoom, watchRing } from "@conclave/matrix-rtc";

import { sent } from "./callEvents.ts";
import type { CallDeps } from "./deps.ts";
import type { LobbyRing } from "./model.ts";

/** What rings in the room that one looks at. */
export interface RingInLobby {
  readonly ring: ReadonlySignal<LobbyRing | undefined>;
  /** @throws {CallError} as `Lobby.decline` */
  decline(isSticky: boolean): Promise<void>;
}

/** Follows what rings in a room until the scope ends. */
export function openLobbyRing(deps: CallDeps, room: RingingRoom, scope: Scope): RingInLobby {
  const watched = watchRing(deps, room, scope);
  return {
    ring: computed(() => {
      const ring = watched.ring.get();
      return ring && { ...ring, callerName: room.room.get()?.joined.get(ring.caller)?.displayName ?? ring.caller };
    }),
    decline: (isSticky) => sent(watched.decline(isSticky)),
  };
}

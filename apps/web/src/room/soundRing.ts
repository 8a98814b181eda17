import type { LobbyRing } from "@conclave/call";
import { effect, type ReadonlySignal, type Scope } from "@conclave/kit";

import type { RoomPhase } from "./RoomFlow.ts";

export interface RingSound {
  readonly phase: ReadonlySignal<RoomPhase>;
  readonly ring: ReadonlySignal<LobbyRing | undefined>;
  /** The person wants to see it only. */
  readonly isSilent: ReadonlySignal<boolean>;
  /** Begins to sound. @returns ends it */
  readonly play: () => () => void;
}

/** Sounds as long as somebody rings and waits for an answer: not after Join was pressed, and not for who wants silence. */
export function soundRing({ isSilent, phase, play, ring }: RingSound, scope: Scope): void {
  let stop: (() => void) | undefined;
  effect(scope, () => {
    const isDue = ring.get()?.kind === "ring" && phase.get().name === "lobby" && !isSilent.get();
    if (isDue === (stop !== undefined)) return;
    stop?.();
    stop = isDue ? play() : undefined;
  });
  scope.onEnd(() => stop?.());
}

import type { ReadonlySignal, Scope } from "@conclave/kit";

import type { LocalMedia } from "../../media/LocalMedia.ts";
import type { RoomPhase } from "../../room/RoomFlow.ts";

/** One visit to the call, as much of it as a host may see and steer. */
export interface EmbeddedVisit {
  readonly phase: ReadonlySignal<RoomPhase>;
  readonly media: LocalMedia;
  join(): void;
  leave(): void;
  rejoin(): void;
}

/** Another client's page around ours: the room and the account are its own. */
export interface Embedding {
  /** The camera stays off until somebody wants it. */
  readonly isVoiceCall: boolean;
  /** What "back" does, if the host has something for it; a call goes on meanwhile. */
  back(): (() => void) | undefined;
  /** Tells the host of the visit and does what it asks, until the scope ends. */
  follow(visit: EmbeddedVisit, scope: Scope): void;
}

import type { Call, CallState, LobbyRing, LobbyView } from "@conclave/call";
import type { ReadonlySignal, Scope } from "@conclave/kit";

export interface JoinRequest {
  readonly displayName: string;
  readonly microphone: MediaStreamTrack | undefined;
  readonly camera: MediaStreamTrack | undefined;
}

/** A room that this browser's account is in. */
export interface OpenRoom {
  /** Undefined until the room has arrived. */
  readonly lobby: ReadonlySignal<LobbyView | undefined>;
  /** How the newest join goes; undefined before the first. */
  readonly joining: ReadonlySignal<CallState | undefined>;
  /** Who calls this user to the call of this room now, if anybody does. */
  readonly ring: ReadonlySignal<LobbyRing | undefined>;
  /** Says no to what rings. @throws {CallError} */
  decline(): Promise<void>;
  /** @throws {CallError} */
  join(request: JoinRequest): Promise<Call>;
}

/** What the pages need of the outside world. `boot/standalone.ts` makes the real one. */
export interface CallService {
  /** Makes an encrypted room behind the link. Whatever it rejects with, `toProblem` understands. */
  createRoom(linkId: string, name: string): Promise<void>;
  /** Gets an account if there is none, and goes into the room. Rejects like `createRoom`. */
  openRoom(linkId: string, scope: Scope): Promise<OpenRoom>;
}

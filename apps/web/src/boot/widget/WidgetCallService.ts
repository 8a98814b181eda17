import { openLobby, type CallDeps, type joinCall } from "@conclave/call";
import type { Scope } from "@conclave/kit";
import type { RoomId } from "@conclave/matrix-rtc";

import { PageError } from "../../problems/Problem.ts";
import type { CallService, OpenRoom } from "../../room/CallService.ts";
import type { JoinWishes } from "../joinWishes.ts";

export interface WidgetCallServiceDeps {
  readonly roomId: RoomId;
  readonly wishes: JoinWishes;
  readonly createDeps: (scope: Scope) => CallDeps;
  readonly loadJoinCall: () => Promise<typeof joinCall>;
  readonly fallbackServiceUrl: string | undefined;
}

/** Calls in the one room of a widget. */
export class WidgetCallService implements CallService {
  readonly #deps: WidgetCallServiceDeps;

  constructor(deps: WidgetCallServiceDeps) {
    this.#deps = deps;
  }

  createRoom(): Promise<never> {
    return Promise.reject(new PageError("link_invalid", "A widget has its room"));
  }

  openRoom(_linkId: string, scope: Scope): Promise<OpenRoom> {
    const { createDeps, fallbackServiceUrl, loadJoinCall, roomId, wishes } = this.#deps;
    const callDeps = createDeps(scope);
    // While the lobby is looked at; if it fails, the join asks again and tells.
    loadJoinCall().catch(() => {});
    const options = { roomId, ...(fallbackServiceUrl === undefined ? {} : { fallbackServiceUrl }) };
    const lobby = openLobby(callDeps, options, scope);
    return Promise.resolve({
      lobby: lobby.view,
      joining: lobby.joining,
      ring: lobby.ring,
      decline: () => lobby.decline(),
      join: async ({ microphone, camera }) => {
        const join = await loadJoinCall();
        const media = { ...(microphone && { microphone }), ...(camera && { camera }) };
        return join(callDeps, { ...lobby.prepared.options, ...media, ...wishes }, lobby);
      },
    });
  }
}

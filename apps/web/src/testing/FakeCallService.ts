import type { Call, CallError, CallState, LobbyRing, LobbyView } from "@conclave/call";
import { signal } from "@conclave/kit";

import type { CallService, JoinRequest, OpenRoom } from "../room/CallService.ts";
import { FakeCall } from "./FakeCall.ts";

/** A service whose every answer a test gives. Rooms open at once unless `opening` says otherwise. */
export class FakeCallService implements CallService {
  readonly lobby = signal<LobbyView | undefined>(undefined);
  readonly joining = signal<CallState | undefined>(undefined);
  readonly ring = signal<LobbyRing | undefined>(undefined);
  readonly joins: JoinRequest[] = [];
  readonly created: { readonly linkId: string; readonly name: string }[] = [];
  call: FakeCall = new FakeCall();
  opening: Promise<void> = Promise.resolve();
  openFailure: CallError | undefined;
  joinFailure: CallError | undefined;
  createFailure: CallError | undefined;

  async createRoom(linkId: string, name: string): Promise<void> {
    if (this.createFailure) throw this.createFailure;
    this.created.push({ linkId, name });
  }

  async openRoom(): Promise<OpenRoom> {
    await this.opening;
    if (this.openFailure) throw this.openFailure;
    return {
      lobby: this.lobby,
      joining: this.joining,
      ring: this.ring,
      decline: async () => this.ring.set(undefined),
      join: (request) => this.#join(request),
    };
  }

  async #join(request: JoinRequest): Promise<Call> {
    this.joins.push(request);
    if (this.joinFailure) throw this.joinFailure;
    return this.call;
  }
}

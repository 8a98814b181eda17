import type { Call, CallState, JoinStep, LeaveReason, LobbyRing, LobbyView } from "@conclave/call";
import { effect, signal, type Clock, type ReadonlySignal, type Scope, untracked } from "@conclave/kit";

import { toProblem, type Problem } from "../problems/Problem.ts";
import type { CallService, JoinRequest, OpenRoom } from "./CallService.ts";

/** What a person waits for between pressing Join and being in the call. */
export type WaitStep = JoinStep | "account" | "room";

/**
 * ```
 * lobby ⇄ joining → call → after
 *   └──────→ problem          └→ lobby (join again)
 * ```
 */
export type RoomPhase =
  /** `problem`: why the last attempt to join failed. */
  | { readonly name: "lobby"; readonly problem: Problem | undefined }
  | { readonly name: "joining"; readonly step: WaitStep }
  | { readonly name: "call"; readonly call: Call; readonly joinedAtMs: number }
  /** `because` is there if the call was left by itself. */
  | {
      readonly name: "after";
      readonly durationMs: number;
      readonly problem: Problem | undefined;
      readonly because?: LeaveReason;
    }
  /** The room itself cannot be opened. */
  | { readonly name: "problem"; readonly problem: Problem };

/** One visit to one room: from the link to the page after the call. The lobby is usable before the room is open. */
export class RoomFlow {
  readonly #service: CallService;
  readonly #clock: Clock;
  readonly #scope: Scope;
  readonly #linkId: string;
  readonly #phase = signal<RoomPhase>({ name: "lobby", problem: undefined });
  readonly #lobby = signal<LobbyView | undefined>(undefined);
  readonly #ring = signal<LobbyRing | undefined>(undefined);
  #opening: Promise<OpenRoom>;
  #visit: Scope;

  constructor(deps: { readonly service: CallService; readonly clock: Clock }, linkId: string, scope: Scope) {
    this.#service = deps.service;
    this.#clock = deps.clock;
    this.#scope = scope;
    this.#linkId = linkId;
    this.#visit = scope.child();
    this.#opening = this.#open();
  }

  get phase(): ReadonlySignal<RoomPhase> {
    return this.#phase;
  }

  get lobby(): ReadonlySignal<LobbyView | undefined> {
    return this.#lobby;
  }

  /** Who calls this user to this call now, if anybody does. */
  get ring(): ReadonlySignal<LobbyRing | undefined> {
    return this.#ring;
  }

  /** Says no to what rings. @throws {CallError} */
  async decline(): Promise<void> {
    await (await this.#opening).decline();
  }

  /** Opens the room anew, after a failure. */
  retry(): void {
    void this.#visit.end();
    this.#visit = this.#scope.child();
    this.#phase.set({ name: "lobby", problem: undefined });
    this.#opening = this.#open();
  }

  /** Back to the lobby after a call. */
  rejoin(): void {
    this.#phase.set({ name: "lobby", problem: undefined });
  }

  /** Joins; a second press while that goes on does nothing. */
  async join(request: JoinRequest): Promise<void> {
    if (untracked(() => this.#phase.get()).name !== "lobby") return;
    this.#phase.set({ name: "joining", step: untracked(() => this.#lobby.get()) ? "discovering" : "account" });
    try {
      const room = await this.#opening;
      const call = await room.join(request);
      this.#follow(call);
    } catch (thrown) {
      if (untracked(() => this.#phase.get()).name !== "joining") return;
      this.#phase.set({ name: "lobby", problem: toProblem(thrown) });
    }
  }

  /** Leaves the call, if there is one. */
  leave(): void {
    const phase = untracked(() => this.#phase.get());
    if (phase.name === "call") void phase.call.leave();
  }

  #open(): Promise<OpenRoom> {
    const opening = this.#service.openRoom(this.#linkId, this.#visit);
    void this.#show(opening, this.#visit);
    return opening;
  }

  async #show(opening: Promise<OpenRoom>, visit: Scope): Promise<void> {
    try {
      const room = await opening;
      effect(visit, () => this.#lobby.set(room.lobby.get()));
      effect(visit, () => this.#ring.set(room.ring.get()));
      effect(visit, () => this.#showStep(room.joining.get()));
    } catch (thrown) {
      if (!visit.isEnded) this.#phase.set({ name: "problem", problem: toProblem(thrown) });
    }
  }

  #showStep(state: CallState | undefined): void {
    const isJoining = untracked(() => this.#phase.get()).name === "joining";
    if (isJoining && state?.phase === "joining") this.#phase.set({ name: "joining", step: state.step });
  }

  #follow(call: Call): void {
    const following = this.#visit.child();
    if (following.isEnded) return void call.leave();
    following.onEnd(() => call.leave());
    let joinedAtMs: number | undefined;
    effect(following, () => {
      const state = call.state.get();
      if (state.phase === "joining") return this.#phase.set({ name: "joining", step: state.step });
      if (state.phase === "joined" || state.phase === "reconnecting") {
        if (joinedAtMs !== undefined) return;
        joinedAtMs = this.#clock.nowMs();
        return this.#phase.set({ name: "call", call, joinedAtMs });
      }
      const problem = state.phase === "failed" ? toProblem(state.error) : undefined;
      this.#phase.set(this.#ended(joinedAtMs, problem, state.phase === "left" ? state.because : undefined));
      void following.end();
    });
  }

  #ended(joinedAtMs: number | undefined, problem: Problem | undefined, because: LeaveReason | undefined): RoomPhase {
    if (joinedAtMs === undefined) return { name: "lobby", problem };
    return { name: "after", durationMs: this.#clock.nowMs() - joinedAtMs, problem, ...(because && { because }) };
  }
}

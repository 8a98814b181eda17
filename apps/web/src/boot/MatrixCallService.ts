import { openLobby, type Call, type CallDeps, type JoinOptions, type Lobby, type MatrixSession } from "@conclave/call";
import type { Logger, Scope } from "@conclave/kit";
import { MatrixRtcError } from "@conclave/matrix-rtc";

import { PageError } from "../problems/Problem.ts";
import type { CallService, JoinRequest, OpenRoom } from "../room/CallService.ts";
import type { JoinWishes } from "./joinWishes.ts";

type JoinCall = (deps: CallDeps, options: JoinOptions, lobby: Lobby) => Promise<Call>;

export interface MatrixCallServiceDeps {
  /** Opens the account; called once, and again after a failure. */
  readonly openSession: () => Promise<MatrixSession>;
  /** What is started ahead of time for a call ends with the scope. */
  readonly createDeps: (matrix: MatrixSession, scope: Scope) => CallDeps;
  readonly loadJoinCall: () => Promise<JoinCall>;
  readonly fallbackServiceUrl: string | undefined;
  readonly wishes: JoinWishes;
  readonly logger: Logger;
}

/** Rooms and calls over Matrix, with the account of this browser. */
export class MatrixCallService implements CallService {
  readonly #deps: MatrixCallServiceDeps;
  #session: Promise<MatrixSession> | undefined;

  constructor(deps: MatrixCallServiceDeps) {
    this.#deps = deps;
  }

  async createRoom(linkId: string, name: string): Promise<void> {
    const session = await this.#open();
    await session.createCallRoom({ linkId, ...(name === "" ? {} : { name }) });
  }

  async openRoom(linkId: string, scope: Scope): Promise<OpenRoom> {
    const session = await this.#open();
    const roomId = await session.joinByLink(linkId);
    const callDeps = this.#deps.createDeps(session, scope);
    // While the lobby is looked at; if it fails, the join asks again and tells.
    this.#deps.loadJoinCall().catch(() => {});
    const { fallbackServiceUrl } = this.#deps;
    const options = { roomId, ...(fallbackServiceUrl === undefined ? {} : { fallbackServiceUrl }) };
    const lobby = openLobby(callDeps, options, scope);
    return {
      lobby: lobby.view,
      joining: lobby.joining,
      ring: lobby.ring,
      decline: () => lobby.decline(),
      join: (request) => this.#join(session, { callDeps, lobby }, request),
    };
  }

  async #join(
    session: MatrixSession,
    prepared: { readonly callDeps: CallDeps; readonly lobby: Lobby },
    request: JoinRequest,
  ): Promise<Call> {
    const { callDeps, lobby } = prepared;
    const { displayName, microphone, camera } = request;
    this.#rename(session, displayName);
    const joinCall = await this.#deps.loadJoinCall();
    const media = { ...(microphone && { microphone }), ...(camera && { camera }) };
    return joinCall(callDeps, { ...lobby.prepared.options, ...media, ...this.#deps.wishes }, lobby);
  }

  // Beside the join: the others see the old name for a moment rather than wait for the new one.
  #rename(session: MatrixSession, displayName: string): void {
    if (displayName === "" || session.displayName.get() === displayName) return;
    session
      .setDisplayName(displayName)
      .catch((fault: unknown) => this.#deps.logger.warn("the name could not be set", { fault: String(fault) }));
  }

  #open(): Promise<MatrixSession> {
    this.#session ??= this.#deps.openSession().catch((fault: unknown) => {
      this.#session = undefined;
      // Here it means that registration is closed; later on, that a room is.
      if (fault instanceof MatrixRtcError && fault.code === "forbidden")
        throw new PageError("account_refused", "The homeserver makes no accounts", { cause: fault });
      throw fault;
    });
    return this.#session;
  }
}

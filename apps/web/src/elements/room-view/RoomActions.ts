import type { Call } from "@conclave/call";
import { effect, type ReadonlySignal, type Scope, signal, untracked, type WritableSignal } from "@conclave/kit";

import type { Environment } from "../../environment.ts";
import type { DeviceKind } from "../../media/devicePort.ts";
import type { LocalMedia } from "../../media/LocalMedia.ts";
import { isSounding, trackOf } from "../../media/MediaView.ts";
import { publishLocalMedia } from "../../media/publishLocalMedia.ts";
import { toProblem } from "../../problems/Problem.ts";
import type { RoomFlow, RoomPhase } from "../../room/RoomFlow.ts";
import { soundRing } from "../../room/soundRing.ts";
import { roomUrl } from "../../router/route.ts";
import { strings } from "../../strings/strings.ts";
import type { CallActions } from "../call-page/CallActions.ts";
import type { LobbyActions } from "../lobby-page/lobby-page.ts";
import type { Notice } from "../toast-stack/toast-stack.ts";
import { tellOfHands } from "./tellOfHands.ts";

export interface RoomActionsDeps {
  readonly environment: Environment;
  readonly linkId: string;
  readonly flow: RoomFlow;
  readonly media: LocalMedia;
  readonly notify: (notice: Notice) => void;
}

/** What the pages of one room can ask for, carried out. */
export class RoomActions implements LobbyActions {
  readonly #deps: RoomActionsDeps;
  readonly #scope: Scope;
  readonly #callActions = new WeakMap<Call, CallActions>();
  readonly #isRingSilent: WritableSignal<boolean>;
  #displayName: string;
  /** What the running or coming call was given at its start. */
  #atJoin: { microphone: MediaStreamTrack | undefined; camera: MediaStreamTrack | undefined } = {
    microphone: undefined,
    camera: undefined,
  };

  constructor(deps: RoomActionsDeps, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    const { parameters, preferences } = deps.environment;
    this.#displayName = parameters.displayName ?? preferences.displayName;
    this.#isRingSilent = signal(preferences.isRingSilent);
    effect(scope, () => this.#onPhase(deps.flow.phase.get()));
    const { phase, ring } = deps.flow;
    soundRing({ phase, ring, isSilent: this.#isRingSilent, play: deps.environment.playRing }, scope);
  }

  get isRingSilent(): ReadonlySignal<boolean> {
    return this.#isRingSilent;
  }

  get displayName(): string {
    return this.#displayName;
  }

  /** Opens the devices; with `skipLobby` and a name goes straight in. */
  async begin(): Promise<void> {
    const { environment, media } = this.#deps;
    await (environment.embedding?.isVoiceCall ? media.setMicrophoneOn(true) : media.start());
    if (environment.parameters.skipLobby && this.#displayName !== "" && !this.#scope.isEnded)
      this.join(this.#displayName);
  }

  join(displayName: string): void {
    this.#displayName = displayName;
    this.#deps.environment.preferences.displayName = displayName;
    const { microphone, camera } = this.#deps.media;
    const microphoneState = untracked(() => microphone.get());
    this.#atJoin = {
      microphone: isSounding(microphoneState) ? trackOf(microphoneState) : undefined,
      camera: trackOf(untracked(() => camera.get())),
    };
    void this.#deps.flow.join({ displayName, ...this.#atJoin });
  }

  joinWithoutDevices(displayName: string): void {
    this.#deps.media.stop();
    this.join(displayName);
  }

  rejoin(): void {
    this.#deps.flow.rejoin();
    void this.#deps.media.start();
  }

  setRingSilent(isSilent: boolean): void {
    this.#deps.environment.preferences.isRingSilent = isSilent;
    this.#isRingSilent.set(isSilent);
  }

  decline(): void {
    this.#tell(strings.lobby.decline, this.#deps.flow.decline());
  }

  setMicrophoneOn(isOn: boolean): void {
    void this.#deps.media.setMicrophoneOn(isOn).then(() => this.#reportDevice("microphone"));
  }

  setCameraOn(isOn: boolean): void {
    void this.#deps.media.setCameraOn(isOn).then(() => this.#reportDevice("camera"));
  }

  chooseDevice(kind: DeviceKind, id: string): void {
    void this.#deps.media.choose(kind, id);
  }

  copyLink(): void {
    const { href } = roomUrl(this.#deps.linkId, this.#deps.environment.router.here);
    this.#copy(href, strings.linkCopied);
  }

  /** Copies what may be passed on: the code and our own words, no names, no addresses. */
  copyReport(phase: Extract<RoomPhase, { name: "after" }>): void {
    const report = {
      code: phase.problem?.code,
      detail: phase.problem?.detail,
      durationMs: phase.durationMs,
      browser: navigator.userAgent,
    };
    this.#copy(JSON.stringify(report, undefined, 2), strings.after.reportCopied);
  }

  /** The same object for the same call, so that pages see no change where there is none. */
  forCall(call: Call): CallActions {
    const known = this.#callActions.get(call);
    if (known) return known;
    const actions: CallActions = {
      setMicrophoneOn: (isOn) => this.setMicrophoneOn(isOn),
      setCameraOn: (isOn) => this.setCameraOn(isOn),
      setScreenOn: (isOn) => this.#setScreenOn(isOn),
      setHandUp: (isUp) => this.#tell(strings.call.hand, isUp ? call.raiseHand() : call.lowerHand()),
      react: (emoji) => this.#tell(strings.call.react, call.react(emoji)),
      chooseDevice: (kind, id) => this.chooseDevice(kind, id),
      setVideoSize: (sid, size) => call.setVideoSize(sid, size),
      copyLink: this.#deps.environment.embedding ? undefined : () => this.copyLink(),
      leave: () => this.#deps.flow.leave(),
    };
    this.#callActions.set(call, actions);
    return actions;
  }

  #setScreenOn(isOn: boolean): void {
    if (!isOn) return this.#deps.media.stopScreen();
    this.#deps.media.startScreen().catch((thrown: unknown) => {
      const problem = toProblem(thrown);
      // Closing the browser's question is an answer, not a failure.
      if (problem.code !== "device_denied") this.#deps.notify({ kind: "problem", about: strings.call.share, problem });
    });
  }

  #tell(about: string, sending: Promise<void>): void {
    sending.catch((thrown: unknown) => this.#deps.notify({ kind: "problem", about, problem: toProblem(thrown) }));
  }

  #onPhase(phase: RoomPhase): void {
    untracked(() => {
      if (phase.name === "call") this.#beginCall(phase.call);
      if (phase.name === "after") this.#deps.media.stopAll();
    });
  }

  #beginCall(call: Call): void {
    const { environment, flow, linkId, media, notify } = this.#deps;
    const name = flow.lobby.get()?.roomName ?? "";
    environment.preferences.rememberCall({ linkId, name, joinedAtMs: environment.clock.nowMs() });
    environment.exposeCall?.(call);
    const scope = this.#scope.child();
    publishLocalMedia(call, media, this.#atJoin, {
      scope,
      onFault: (fault) => notify({ kind: "problem", about: "", problem: toProblem(fault) }),
    });
    effect(scope, () => {
      const { phase } = call.state.get();
      if (phase === "left" || phase === "failed") void scope.end();
    });
    tellOfHands(call, { clock: environment.clock, notify }, scope);
    const { leaveUnprotected, silentListener } = strings.call;
    this.#warnOnce(scope, () => (call.isLeaveProtected.get() ? undefined : leaveUnprotected));
    const isListenedTo = (): boolean => call.roster.get().some(({ kind }) => kind === "silent_listener");
    this.#warnOnce(scope, () => (isListenedTo() ? silentListener(call.isEncrypted) : undefined));
    this.#warnOnce(scope, () => {
      const aheadMs = call.clockSkewMs.get();
      return aheadMs === undefined ? undefined : strings.clock.wrong(aheadMs);
    });
  }

  /** @param read what there is to say, once there is something */
  #warnOnce(scope: Scope, read: () => string | undefined): void {
    let isWarned = false;
    effect(scope, () => {
      const text = isWarned ? undefined : read();
      if (text === undefined) return;
      isWarned = true;
      untracked(() => this.#deps.notify({ kind: "explanation", text }));
    });
  }

  #reportDevice(source: "microphone" | "camera"): void {
    const state = untracked(() => this.#deps.media[source].get());
    // The lobby shows it beside the preview.
    if (state.phase !== "failed" || untracked(() => this.#deps.flow.phase.get()).name !== "call") return;
    this.#deps.notify({ kind: "problem", about: strings.lobby[source], problem: state.problem });
  }

  #copy(text: string, done: string): void {
    const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("No clipboard here"));
    copying.then(
      () => this.#deps.notify({ kind: "info", text: done }),
      () => this.#deps.notify({ kind: "explanation", text: strings.copyFailed(text) }),
    );
  }
}

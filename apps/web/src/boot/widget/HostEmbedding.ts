import type { WidgetData, WidgetHost } from "@conclave/call/matrixWidget";
import { type Clock, effect, untracked, type Logger, type Scope } from "@conclave/kit";

import { isSounding } from "../../media/MediaView.ts";
import type { RoomPhase } from "../../room/RoomFlow.ts";
import type { EmbeddedVisit, Embedding } from "./Embedding.ts";
import { themeOf, type WidgetParameters } from "./widgetParameters.ts";

/** Names of the wire that concern the call, not Matrix. @see matrixrtc.md 13.4 */
const ACTIONS = {
  join: "io.element.join",
  hangUp: "im.vector.hangup",
  close: "io.element.close",
  deviceMute: "io.element.device_mute",
  themeChange: "theme_change",
  alwaysOnScreen: "set_always_on_screen",
} as const;

interface Devices {
  readonly audio_enabled: boolean;
  readonly video_enabled: boolean;
}

export interface HostEmbeddingDeps {
  readonly host: WidgetHost;
  readonly parameters: WidgetParameters;
  readonly applyTheme: (theme: "light" | "dark" | "system") => void;
  readonly nativeBack: () => (() => void) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

type AfterPhase = Extract<RoomPhase, { readonly name: "after" }>;

/** How long one sees why nobody came, before the page goes. */
const WHY_SHOWN_MS = 3_000;

/** The host's side of a visit: joined, left, muted, and back. */
export class HostEmbedding implements Embedding {
  readonly #deps: HostEmbeddingDeps;

  constructor(deps: HostEmbeddingDeps, scope: Scope) {
    this.#deps = deps;
    const { applyTheme, host } = deps;
    const changeTheme = ({ name }: WidgetData): object => {
      if (typeof name === "string") applyTheme(themeOf(name));
      return {};
    };
    host.answer(ACTIONS.themeChange, changeTheme, scope);
  }

  get isVoiceCall(): boolean {
    return this.#deps.parameters.callIntent === "audio";
  }

  back(): (() => void) | undefined {
    return this.#deps.nativeBack();
  }

  follow(visit: EmbeddedVisit, scope: Scope): void {
    const { host } = this.#deps;
    let before: RoomPhase["name"] | undefined;
    effect(scope, () => {
      const phase = visit.phase.get();
      if (phase.name === before) return;
      before = phase.name;
      untracked(() => this.#onPhase(phase, visit, scope));
    });
    this.#reportDevices(visit, scope);
    host.answer(ACTIONS.deviceMute, (wish) => setDevices(visit, wish), scope);
    host.answer(ACTIONS.hangUp, () => this.#hangUp(visit), scope);
    if (this.#deps.parameters.preload) host.answer(ACTIONS.join, (wish) => join(visit, wish), scope);
  }

  #onPhase(phase: RoomPhase, visit: EmbeddedVisit, scope: Scope): void {
    if (phase.name === "call") {
      void this.#tell(ACTIONS.join);
      void this.#tell(ACTIONS.alwaysOnScreen, { value: true });
    } else if (phase.name === "after") this.#finish(visit, phase, scope);
  }

  /** A call that failed stays on the screen: who was in it should know why it is over. */
  #finish(visit: EmbeddedVisit, after: AfterPhase, scope: Scope): void {
    void this.#tell(ACTIONS.alwaysOnScreen, { value: false });
    const hungUp = this.#tell(ACTIONS.hangUp);
    const goOn = async (): Promise<void> => {
      await hungUp;
      // Whoever has pressed "Join again" meanwhile stays.
      if (untracked(() => visit.phase.get()) !== after) return;
      if (this.#deps.parameters.returnToLobby) visit.rejoin();
      else if (after.problem === undefined) await this.#tell(ACTIONS.close);
    };
    if (after.because === undefined) void goOn();
    else scope.onEnd(this.#deps.clock.after(WHY_SHOWN_MS, () => void goOn()));
  }

  /** The host waits for our own word that it is over. */
  #hangUp(visit: EmbeddedVisit): object {
    const { name } = untracked(() => visit.phase.get());
    if (name === "call") visit.leave();
    else void this.#tell(ACTIONS.hangUp).then(() => this.#tell(ACTIONS.close));
    return {};
  }

  #reportDevices(visit: EmbeddedVisit, scope: Scope): void {
    let told: string | undefined;
    effect(scope, () => {
      const [microphone, camera] = [visit.media.microphone.get(), visit.media.camera.get()];
      if (microphone.phase === "starting" || camera.phase === "starting") return;
      const devices = devicesOf(visit);
      if (JSON.stringify(devices) === told) return;
      told = JSON.stringify(devices);
      untracked(() => void this.#tell(ACTIONS.deviceMute, devices));
    });
  }

  /** A host that does not know an action refuses it; that is its business. */
  async #tell(action: string, data: object = {}): Promise<void> {
    try {
      await this.#deps.host.request(action, data);
    } catch (error) {
      this.#deps.logger.debug("the host did not take it", { action, error: String(error) });
    }
  }
}

function devicesOf({ media }: EmbeddedVisit): Devices {
  return { audio_enabled: isSounding(media.microphone.get()), video_enabled: media.camera.get().phase === "on" };
}

/** @returns what is on afterwards; a device that fails stays off */
async function setDevices(visit: EmbeddedVisit, wish: WidgetData): Promise<Devices> {
  const { audio_enabled: isAudioWished, video_enabled: isVideoWished } = wish;
  const { media } = visit;
  if (typeof isAudioWished === "boolean") await media.setMicrophoneOn(isAudioWished);
  if (typeof isVideoWished === "boolean") await media.setCameraOn(isVideoWished);
  return untracked(() => devicesOf(visit));
}

/** A device that the host names no id for stays off. */
async function join(visit: EmbeddedVisit, { audioInput, videoInput }: WidgetData): Promise<object> {
  const { media } = visit;
  if (typeof audioInput === "string") await media.choose("microphone", audioInput);
  if (typeof videoInput === "string") await media.choose("camera", videoInput);
  await media.setMicrophoneOn(audioInput !== null);
  await media.setCameraOn(videoInput !== null);
  visit.join();
  return {};
}

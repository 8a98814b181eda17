import { signal, untracked, type ReadonlySignal, type Scope, type WritableSignal } from "@conclave/kit";

import { toProblem, type Problem } from "../problems/Problem.ts";
import type { Preferences } from "../preferences/Preferences.ts";
import { NO_DEVICES, type DeviceKind, type DeviceList, type DevicePort, type DeviceWish } from "./devicePort.ts";
import type { SoundProcessing } from "./devicePort.ts";

/** A microphone or camera of ours. A muted microphone stays open, silent, so that unmuting takes no time. */
export type SourceState =
  | { readonly phase: "off" }
  | { readonly phase: "starting" }
  | { readonly phase: "on"; readonly track: MediaStreamTrack; readonly isMuted: boolean }
  | { readonly phase: "failed"; readonly problem: Problem };

export type ScreenState =
  | { readonly phase: "off" }
  | { readonly phase: "on"; readonly video: MediaStreamTrack; readonly audio: MediaStreamTrack | undefined };

type Source = "microphone" | "camera";

export interface LocalMediaDeps {
  readonly devices: DevicePort;
  readonly preferences: Preferences;
  readonly processing: SoundProcessing;
}

/** The microphone, camera and screen of this person, before and in a call. All tracks stop when the scope ends. */
export class LocalMedia {
  readonly #deps: LocalMediaDeps;
  readonly #scope: Scope;
  readonly #sources: Readonly<Record<Source, WritableSignal<SourceState>>>;
  readonly #screen = signal<ScreenState>({ phase: "off" });
  readonly #devices = signal<DeviceList>(NO_DEVICES);
  readonly #chosen = signal<Readonly<Record<DeviceKind, string>>>({ microphone: "", camera: "", speaker: "" });

  constructor(deps: LocalMediaDeps, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    this.#sources = {
      microphone: signal<SourceState>({ phase: "off" }),
      camera: signal<SourceState>({ phase: "off" }),
    };
    this.#chosen.set(deps.preferences.devices);
    deps.devices.onChange(() => void this.#refreshList(), scope.signal);
    scope.onEnd(() => this.stopAll());
  }

  get microphone(): ReadonlySignal<SourceState> {
    return this.#sources.microphone;
  }

  get camera(): ReadonlySignal<SourceState> {
    return this.#sources.camera;
  }

  get screen(): ReadonlySignal<ScreenState> {
    return this.#screen;
  }

  get devices(): ReadonlySignal<DeviceList> {
    return this.#devices;
  }

  /** Ids of the chosen devices; empty for the system's choice. */
  get chosen(): ReadonlySignal<Readonly<Record<DeviceKind, string>>> {
    return this.#chosen;
  }

  /** Opens microphone and camera with one question to the person; one of them failing does not stop the other. */
  async start(): Promise<void> {
    const wanted = (["microphone", "camera"] as const).filter((source) => this.#read(source).phase === "off");
    for (const source of wanted) this.#sources[source].set({ phase: "starting" });
    try {
      if (wanted.length === 2) return this.#keep(await this.#deps.devices.open(this.#wish(...wanted)));
    } catch {
      // The browser does not say which of the two it was: ask for each alone below.
    } finally {
      void this.#refreshList();
    }
    for (const source of wanted) await this.#open(source);
  }

  /** Closes both, for those who join without. */
  stop(): void {
    this.#close("microphone", { phase: "off" });
    this.#close("camera", { phase: "off" });
  }

  /** Closes everything, the screen too. */
  stopAll(): void {
    this.stop();
    this.stopScreen();
  }

  async setMicrophoneOn(isOn: boolean): Promise<void> {
    const state = this.#read("microphone");
    if (state.phase === "on") {
      state.track.enabled = isOn;
      this.#sources.microphone.set({ ...state, isMuted: !isOn });
    } else if (isOn) await this.#open("microphone");
  }

  /** A camera that is off is closed: its light must be off too. */
  async setCameraOn(isOn: boolean): Promise<void> {
    if (!isOn) this.#close("camera", { phase: "off" });
    else if (this.#read("camera").phase !== "on") await this.#open("camera");
  }

  async choose(kind: DeviceKind, id: string): Promise<void> {
    this.#chosen.set({ ...untracked(() => this.#chosen.get()), [kind]: id });
    this.#deps.preferences.devices = untracked(() => this.#chosen.get());
    if (kind === "speaker") return;
    const before = this.#read(kind);
    if (before.phase !== "on") return;
    this.#close(kind, { phase: "starting" });
    await this.#open(kind);
    if (kind === "microphone" && before.isMuted) await this.setMicrophoneOn(false);
  }

  /** Asks for a screen. A person who changes their mind is no failure. @throws {DeviceError} */
  async startScreen(): Promise<void> {
    const tracks = await this.#deps.devices.openScreen();
    const video = tracks.find((track) => track.kind === "video");
    if (video === undefined || this.#scope.isEnded) return tracks.forEach((track) => track.stop());
    this.stopScreen();
    video.addEventListener("ended", () => this.stopScreen(), { signal: this.#scope.signal });
    this.#screen.set({ phase: "on", video, audio: tracks.find((track) => track.kind === "audio") });
  }

  stopScreen(): void {
    const state = untracked(() => this.#screen.get());
    if (state.phase === "off") return;
    state.video.stop();
    state.audio?.stop();
    this.#screen.set({ phase: "off" });
  }

  async #open(source: Source): Promise<void> {
    this.#sources[source].set({ phase: "starting" });
    try {
      this.#keep(await this.#deps.devices.open(this.#wish(source)));
    } catch (thrown) {
      this.#sources[source].set({ phase: "failed", problem: toProblem(thrown) });
    } finally {
      void this.#refreshList();
    }
  }

  #keep(tracks: readonly MediaStreamTrack[]): void {
    for (const track of tracks) {
      const source = track.kind === "audio" ? "microphone" : "camera";
      // Meanwhile the person may have left, or switched it off again.
      if (this.#scope.isEnded || this.#read(source).phase !== "starting") {
        track.stop();
        continue;
      }
      track.addEventListener("ended", () => this.#onEnded(source, track), { signal: this.#scope.signal });
      this.#sources[source].set({ phase: "on", track, isMuted: false });
    }
  }

  // Fires when a device is unplugged, not when we stop the track.
  #onEnded(source: Source, track: MediaStreamTrack): void {
    const state = this.#read(source);
    if (state.phase === "on" && state.track === track)
      this.#close(source, { phase: "failed", problem: { code: "device_missing", isRetryable: true } });
  }

  #close(source: Source, next: SourceState): void {
    const state = this.#read(source);
    if (state.phase === "on") state.track.stop();
    this.#sources[source].set(next);
  }

  #read(source: Source): SourceState {
    return untracked(() => this.#sources[source].get());
  }

  #wish(...sources: readonly Source[]): DeviceWish {
    const chosen = untracked(() => this.#chosen.get());
    return {
      ...(sources.includes("microphone")
        ? { microphone: { id: chosen.microphone, processing: this.#deps.processing } }
        : {}),
      ...(sources.includes("camera") ? { camera: { id: chosen.camera } } : {}),
    };
  }

  async #refreshList(): Promise<void> {
    const list = await this.#deps.devices.list();
    if (!this.#scope.isEnded) this.#devices.set(list);
  }
}

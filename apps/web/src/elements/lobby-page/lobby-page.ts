import type { LobbyRing, LobbyView } from "@conclave/call";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { HeaderKind } from "../../boot/lookParameters.ts";
import type { DeviceKind } from "../../media/devicePort.ts";
import { isSounding, trackOf, type MediaView } from "../../media/MediaView.ts";
import type { Problem } from "../../problems/Problem.ts";
import type { WaitStep } from "../../room/RoomFlow.ts";
import { strings } from "../../strings/strings.ts";
import { brandMarkStyles } from "../../styles/brandMark.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { topBar } from "../../styles/topBar.ts";
import { deviceSelects } from "./deviceSelects.ts";
import { lobbyPageStyles } from "./lobby-page.styles.ts";
import { deviceNotes, joinNote } from "./problemNotes.ts";
import { ringNote, ringNoteStyles } from "./ringNote.ts";

import "../level-meter/level-meter.ts";
import "../media-video/media-video.ts";
import "../person-avatar/person-avatar.ts";

export interface LobbyActions {
  join(displayName: string): void;
  joinWithoutDevices(displayName: string): void;
  /** Says no to what rings. */
  decline(): void;
  /** Whether what rings is heard, now and later. */
  setRingSilent(isSilent: boolean): void;
  setMicrophoneOn(isOn: boolean): void;
  setCameraOn(isOn: boolean): void;
  chooseDevice(kind: DeviceKind, id: string): void;
  copyLink(): void;
}

const FACES_SHOWN = 4;

/** Where one gets ready: sees oneself, picks devices, gives a name, sees who is there. */
@customElement("lobby-page")
export class LobbyPage extends LitElement {
  static override styles = [controls, brandMarkStyles, lobbyPageStyles, ringNoteStyles];

  @property() brand: string = strings.brand;
  /** Undefined while the room is still being opened. */
  @property({ attribute: false }) view: LobbyView | undefined;
  /** Who calls, if anybody does. */
  @property({ attribute: false }) ring: LobbyRing | undefined;
  @property({ attribute: false }) isRingSilent = false;
  @property({ attribute: false }) media!: MediaView;
  @property() displayName = "";
  /** What is being waited for after Join was pressed. */
  @property({ attribute: false }) step: WaitStep | undefined;
  @property({ attribute: false }) problem: Problem | undefined;
  @property({ attribute: false }) actions!: LobbyActions;
  /** The name is the host's, and there is no link. */
  @property({ type: Boolean }) isEmbedded = false;
  @property() header: HeaderKind = "standard";
  @property({ attribute: false }) goHome: (() => void) | undefined;
  @property({ attribute: false }) goBack: (() => void) | undefined;
  @state() private typedName: string | undefined;
  @state() private isNameMissing = false;
  @query("#name") private readonly nameField!: HTMLInputElement;

  protected override render(): TemplateResult {
    return html`
      ${topBar(this, this.#copyLink())}
      <main>
        <div>
          ${this.#preview()} ${deviceSelects(this.media, (kind, id) => this.actions.chooseDevice(kind, id))}
          ${deviceNotes(this.media)}
        </div>
        ${this.#side()}
      </main>
    `;
  }

  #copyLink(): TemplateResult | typeof nothing {
    if (this.isEmbedded) return nothing;
    return html`<button
      class="button quiet"
      type="button"
      data-testid="copy-link"
      @click=${() => this.actions.copyLink()}
    >
      ${icon("link")}${strings.copyLink}
    </button>`;
  }

  #preview(): TemplateResult {
    const { camera } = this.media;
    return html`<div class="preview">
      ${
        camera.phase === "on"
          ? html`<media-video .track=${camera.track} mirrored label=${strings.lobby.preview}></media-video>`
          : html`<person-avatar name=${this.#name}></person-avatar>
              <span class="state"
                >${camera.phase === "starting" ? strings.lobby.cameraStarting : strings.lobby.cameraOff}</span
              >`
      }
      <div class="controls">${this.#microphoneButton()} ${this.#cameraButton()}</div>
    </div>`;
  }

  #microphoneButton(): TemplateResult {
    const isOn = isSounding(this.media.microphone);
    return html`<button
      class="control"
      type="button"
      data-testid="lobby-microphone"
      aria-label=${strings.lobby.microphone}
      aria-pressed=${isOn}
      ?disabled=${this.media.microphone.phase === "starting"}
      @click=${() => this.actions.setMicrophoneOn(!isOn)}
    >
      ${icon(isOn ? "mic" : "micOff")}
      ${isOn ? html`<level-meter .track=${trackOf(this.media.microphone)}></level-meter>` : nothing}
    </button>`;
  }

  #cameraButton(): TemplateResult {
    const isOn = this.media.camera.phase === "on";
    return html`<button
      class="control"
      type="button"
      data-testid="lobby-camera"
      aria-label=${strings.lobby.camera}
      aria-pressed=${isOn}
      ?disabled=${this.media.camera.phase === "starting"}
      @click=${() => this.actions.setCameraOn(!isOn)}
    >
      ${icon(isOn ? "camera" : "cameraOff")}
    </button>`;
  }

  #side(): TemplateResult {
    return html`<div class="side">
      <h1 tabindex="-1" dir="auto">${this.view?.roomName || strings.lobby.unnamed}</h1>
      ${this.#present()} ${ringNote(this.ring, this.isRingSilent, this.actions)} ${this.#form()}
      <div class="foot">${this.#lock()}</div>
    </div>`;
  }

  #present(): TemplateResult {
    const members = this.view?.members;
    const names = members?.map((member) => member.displayName) ?? [];
    return html`<p class="present" data-testid="lobby-present" aria-live="polite">
      ${
        names.length > 0
          ? html`<span class="faces"
              >${names.slice(0, FACES_SHOWN).map((name) => html`<person-avatar name=${name}></person-avatar>`)}</span
            >`
          : nothing
      }
      <span dir="auto">${members === undefined ? strings.lobby.loadingRoom : strings.lobby.present(names)}</span>
    </p>`;
  }

  #form(): TemplateResult {
    const isJoining = this.step !== undefined;
    return html`<form novalidate @submit=${(event: SubmitEvent) => this.#join(event)}>
      <label ?hidden=${this.isEmbedded}
        >${strings.lobby.nameLabel}
        <input
          id="name"
          class="field"
          data-testid="lobby-name"
          maxlength="80"
          dir="auto"
          autocomplete="nickname"
          aria-invalid=${this.isNameMissing}
          aria-describedby="fault"
          placeholder=${strings.lobby.namePlaceholder}
          .value=${this.#name}
          ?readonly=${isJoining}
          @input=${() => this.#typeName()}
        />
      </label>
      <p id="fault" class="fault" role="alert" ?hidden=${!this.isNameMissing}>${strings.lobby.nameMissing}</p>
      ${joinNote(this.problem)}
      <button class="button primary" type="submit" data-testid="lobby-join" aria-disabled=${isJoining}>
        ${
          this.step === undefined
            ? strings.lobby.join
            : html`<span class="waiting" role="status">${strings.step[this.step]}</span>`
        }
      </button>
      <button
        class="button quiet ${isJoining ? "away" : ""}"
        type="button"
        data-testid="lobby-join-without-devices"
        @click=${() => this.#joinWithoutDevices()}
      >
        ${strings.lobby.joinWithoutDevices}
      </button>
    </form>`;
  }

  #lock(): TemplateResult | typeof nothing {
    if (this.view === undefined) return nothing;
    return this.view.isEncrypted
      ? html`<span class="lock">${icon("lock")}${strings.lobby.encrypted}</span>`
      : html`<span class="lock open">${icon("lockOpen")}${strings.lobby.notEncrypted}</span>`;
  }

  get #name(): string {
    return this.typedName ?? this.displayName;
  }

  #typeName(): void {
    this.typedName = this.nameField.value;
    this.isNameMissing = false;
  }

  #join(event: SubmitEvent): void {
    event.preventDefault();
    this.#withName((name) => this.actions.join(name));
  }

  #joinWithoutDevices(): void {
    this.#withName((name) => this.actions.joinWithoutDevices(name));
  }

  #withName(go: (name: string) => void): void {
    if (this.step !== undefined) return;
    const name = this.#name.trim();
    this.isNameMissing = name === "";
    if (name === "") this.nameField.focus();
    else go(name);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "lobby-page": LobbyPage;
  }
}

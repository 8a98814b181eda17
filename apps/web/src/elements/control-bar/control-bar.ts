import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";

import { isSounding, type MediaView } from "../../media/MediaView.ts";
import { strings } from "../../strings/strings.ts";
import { controls, tooltips } from "../../styles/controls.ts";
import { icon, type IconName } from "../../styles/icons.ts";
import type { CallActions } from "../call-page/CallActions.ts";
import { controlBarStyles } from "./control-bar.styles.ts";

import "../device-menu/device-menu.ts";
import "../reaction-menu/reaction-menu.ts";
import type { ReactionMenu } from "../reaction-menu/reaction-menu.ts";

interface Toggle {
  readonly testId: string;
  readonly label: string;
  readonly key: string;
  readonly icon: IconName;
  /** `off` is shown in red: nobody hears or sees you. `active`: something of yours is on show. */
  readonly look: "on" | "off" | "active";
  readonly press: () => void;
}

/** Microphone, camera, screen, hand, emojis and leave: always in the same place. */
@customElement("control-bar")
export class ControlBar extends LitElement {
  static override styles = [controls, tooltips, controlBarStyles];

  @property({ attribute: false }) media!: MediaView;
  @property({ attribute: false }) actions!: CallActions;
  @property({ attribute: false }) canShare = true;
  @property({ attribute: false }) isHandUp = false;
  /** The own emoji that is being shown. */
  @property({ attribute: false }) reaction: string | undefined;
  @query("reaction-menu") private readonly reactions!: ReactionMenu;

  toggleReactions(): void {
    this.reactions.toggle();
  }

  protected override render(): TemplateResult {
    return html`<div class="bar" role="toolbar" aria-label=${strings.call.controls}>
      <div class="pill">
        ${this.#toggle(this.#microphone)}
        <device-menu
          label=${strings.call.microphoneOptions}
          .kinds=${["microphone", "speaker"]}
          .media=${this.media}
          .choose=${this.actions.chooseDevice}
        ></device-menu>
      </div>
      <div class="pill">
        ${this.#toggle(this.#camera)}
        <device-menu
          label=${strings.call.cameraOptions}
          .kinds=${["camera"]}
          .media=${this.media}
          .choose=${this.actions.chooseDevice}
        ></device-menu>
      </div>
      ${this.canShare ? html`<div class="pill share-pill">${this.#toggle(this.#share)}</div>` : nothing}
      <div class="pill">${this.#toggle(this.#hand)}</div>
      <div class="pill">
        <reaction-menu
          .shown=${this.reaction}
          .react=${this.actions.react}
          .share=${this.canShare ? this.#share : undefined}
        ></reaction-menu>
      </div>
      <button class="leave" type="button" data-testid="call-leave" @click=${() => this.actions.leave()}>
        ${icon("phoneOff")}<span>${strings.call.leave}</span>
      </button>
    </div>`;
  }

  get #microphone(): Toggle {
    const isOn = isSounding(this.media.microphone);
    return {
      testId: "call-microphone",
      label: isOn ? strings.call.mute : strings.call.unmute,
      key: "M",
      icon: isOn ? "mic" : "micOff",
      look: isOn ? "on" : "off",
      press: () => this.actions.setMicrophoneOn(!isOn),
    };
  }

  get #camera(): Toggle {
    const isOn = this.media.camera.phase === "on";
    return {
      testId: "call-camera",
      label: isOn ? strings.call.stopCamera : strings.call.startCamera,
      key: "V",
      icon: isOn ? "camera" : "cameraOff",
      look: isOn ? "on" : "off",
      press: () => this.actions.setCameraOn(!isOn),
    };
  }

  get #share(): Toggle {
    const isOn = this.media.screen.phase === "on";
    return {
      testId: "call-screen",
      label: isOn ? strings.call.stopShare : strings.call.share,
      key: "S",
      icon: isOn ? "screenStop" : "screen",
      look: isOn ? "active" : "on",
      press: () => this.actions.setScreenOn(!isOn),
    };
  }

  get #hand(): Toggle {
    return {
      testId: "call-hand",
      label: this.isHandUp ? strings.call.lowerHand : strings.call.raiseHand,
      key: "H",
      icon: "hand",
      look: this.isHandUp ? "active" : "on",
      press: () => this.actions.setHandUp(!this.isHandUp),
    };
  }

  #toggle(toggle: Toggle): TemplateResult {
    return html`<button
      class="toggle ${toggle.look}"
      type="button"
      data-testid=${toggle.testId}
      data-look=${toggle.look}
      aria-label=${toggle.label}
      aria-keyshortcuts=${toggle.key}
      data-tip=${strings.call.shortcut(toggle.label, toggle.key)}
      @click=${toggle.press}
    >
      ${icon(toggle.icon)}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "control-bar": ControlBar;
  }
}

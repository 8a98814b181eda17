import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { DeviceKind } from "../../media/devicePort.ts";
import type { MediaView } from "../../media/MediaView.ts";
import { selectedDevice } from "../../media/selectedDevice.ts";
import { strings } from "../../strings/strings.ts";
import { controls, tooltips } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { giveFocusBack, placeAbove } from "../placeAbove.ts";

/** A small button that opens a choice of devices above itself. */
@customElement("device-menu")
export class DeviceMenu extends LitElement {
  static override styles = [
    controls,
    tooltips,
    css`
      :host {
        display: flex;
      }
      .caret {
        min-width: 30px;
        padding: 0;
      }
      .caret svg {
        width: 14px;
        height: 14px;
      }
      [popover] {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: var(--space-2);
        width: min(320px, calc(100vw - 20px));
        max-height: 60vh;
        overflow: auto;
        border: 0;
        border-radius: 14px;
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--shadow-float);
      }
      fieldset {
        margin: 0;
        padding: 0;
        border: 0;
      }
      fieldset + fieldset {
        margin-top: var(--space-2);
        padding-top: var(--space-2);
        border-top: 1px solid var(--line);
      }
      legend {
        float: left;
        padding: 6px 10px;
        font-size: var(--text-xs);
        color: var(--text-faint);
      }
      label {
        clear: both;
        display: flex;
        align-items: center;
        gap: 10px;
        min-height: 40px;
        padding: 4px 10px;
        border-radius: 8px;
        cursor: pointer;
      }
      label:hover {
        background: var(--raised-hover);
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--accent);
        outline-offset: -2px;
      }
      input {
        accent-color: var(--accent);
        margin: 0;
        outline: none;
        width: 16px;
        height: 16px;
      }
      span {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  @property() label = "";
  @property({ attribute: false }) kinds: readonly DeviceKind[] = [];
  @property({ attribute: false }) media!: MediaView;
  @property({ attribute: false }) choose: (kind: DeviceKind, id: string) => void = () => {};
  @state() private isOpen = false;
  @query("button") private readonly button!: HTMLButtonElement;
  @query("[popover]") private readonly panel!: HTMLElement;

  protected override render(): TemplateResult {
    return html`
      <button
        class="icon-button caret"
        type="button"
        popovertarget="panel"
        aria-label=${this.label}
        aria-expanded=${this.isOpen}
        data-tip=${this.label}
      >
        ${icon("chevronUp")}
      </button>
      <div
        id="panel"
        popover
        aria-label=${this.label}
        role="dialog"
        @toggle=${(event: ToggleEvent) => this.#onToggle(event)}
      >
        ${this.kinds.filter((kind) => this.media.devices[kind].length > 0).map((kind) => this.#choice(kind))}
      </div>
    `;
  }

  #choice(kind: DeviceKind): TemplateResult {
    const selected = selectedDevice(kind, this.media);
    return html`<fieldset>
      <legend>${strings.lobby[kind]}</legend>
      ${this.media.devices[kind].map(
        (device) =>
          html`<label
            ><input
              type="radio"
              name=${kind}
              value=${device.id}
              .checked=${device.id === selected}
              @change=${() => this.choose(kind, device.id)}
            /><span>${device.label}</span></label
          >`,
      )}
    </fieldset>`;
  }

  #onToggle(event: ToggleEvent): void {
    this.isOpen = event.newState === "open";
    if (!this.isOpen) return giveFocusBack(this.panel, this.button);
    placeAbove(this.panel, this.button);
    this.panel.querySelector<HTMLInputElement>("input:checked")?.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "device-menu": DeviceMenu;
  }
}

import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { Theme } from "../../preferences/Preferences.ts";
import { strings } from "../../strings/strings.ts";
import { controls, tooltips } from "../../styles/controls.ts";
import { icon, type IconName } from "../../styles/icons.ts";

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const ICONS: Readonly<Record<Theme, IconName>> = { system: "system", light: "sun", dark: "moon" };

/** Goes through the looks: as the system, light, dark. */
@customElement("theme-button")
export class ThemeButton extends LitElement {
  static override styles = [controls, tooltips];

  @property() theme: Theme = "system";
  @property({ attribute: false }) choose: (theme: Theme) => void = () => {};

  protected override render(): TemplateResult {
    const label = strings.theme.label(strings.theme[this.theme]);
    return html`<button
      class="icon-button"
      type="button"
      data-testid="theme"
      aria-label=${label}
      data-tip=${label}
      data-tip-side="below-left"
      @click=${() => this.choose(NEXT[this.theme])}
    >
      ${icon(ICONS[this.theme])}
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "theme-button": ThemeButton;
  }
}

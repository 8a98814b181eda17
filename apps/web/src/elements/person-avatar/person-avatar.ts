import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { hueOf, initialsOf } from "./initials.ts";

/** The initials of a person on a colour that the name decides. Decoration: the name stands beside it. */
@customElement("person-avatar")
export class PersonAvatar extends LitElement {
  static override styles = css`
    :host {
      display: grid;
      place-items: center;
      aspect-ratio: 1;
      border-radius: 50%;
      font-weight: 620;
      letter-spacing: 0.01em;
      line-height: 1;
      color: oklch(0.99 0 0);
      background: oklch(0.52 0.12 var(--hue));
      user-select: none;
    }
  `;

  @property() name = "";

  protected override render(): TemplateResult {
    this.style.setProperty("--hue", String(hueOf(this.name)));
    return html`<span aria-hidden="true">${initialsOf(this.name)}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "person-avatar": PersonAvatar;
  }
}

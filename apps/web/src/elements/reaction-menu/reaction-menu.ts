import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { strings } from "../../strings/strings.ts";
import { controls, tooltips } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { controlBarStyles } from "../control-bar/control-bar.styles.ts";
import { giveFocusBack, placeAbove } from "../placeAbove.ts";
import { EMOJIS } from "./emojis.ts";
import { reactionMenuStyles } from "./reaction-menu.styles.ts";

/** A button that opens a few emojis above itself; on phones also what the bar has no room for. */
@customElement("reaction-menu")
export class ReactionMenu extends LitElement {
  static override styles = [controls, tooltips, controlBarStyles, reactionMenuStyles];

  /** The own emoji that is being shown; until it is gone no other can be. */
  @property({ attribute: false }) shown: string | undefined;
  @property({ attribute: false }) react: (emoji: string) => void = () => {};
  /** Undefined where screens cannot be shared. */
  @property({ attribute: false }) share: { readonly label: string; readonly press: () => void } | undefined;
  @state() private isOpen = false;
  @query(".toggle") private readonly button!: HTMLButtonElement;
  @query("[popover]") private readonly panel!: HTMLElement;

  /** Opens or closes it. */
  toggle(): void {
    this.panel.togglePopover();
  }

  protected override render(): TemplateResult {
    return html`
      <button
        class="toggle"
        type="button"
        popovertarget="panel"
        data-testid="call-react"
        aria-label=${strings.call.react}
        aria-keyshortcuts="E"
        aria-expanded=${this.isOpen}
        aria-haspopup="dialog"
        data-tip=${strings.call.shortcut(strings.call.react, "E")}
      >
        ${icon("smile")}
      </button>
      <div
        id="panel"
        popover
        role="dialog"
        aria-label=${strings.call.react}
        @toggle=${(event: ToggleEvent) => this.#onToggle(event)}
        @keydown=${(event: KeyboardEvent) => this.#onKey(event)}
      >
        <div class="emojis" role="group" aria-label=${strings.call.react}>
          ${EMOJIS.map(({ emoji, name }, index) => this.#emoji(emoji, strings.emoji[name], index))}
        </div>
        ${this.share === undefined ? nothing : this.#share(this.share)}
      </div>
    `;
  }

  #emoji(emoji: string, label: string, index: number): TemplateResult {
    return html`<button
      class="emoji"
      type="button"
      data-testid="reaction"
      data-emoji=${emoji}
      aria-label=${label}
      aria-keyshortcuts=${index + 1}
      aria-disabled=${this.shown !== undefined}
      title=${strings.call.shortcut(label, String(index + 1))}
      @click=${() => this.#pick(emoji)}
    >
      ${emoji}
    </button>`;
  }

  #share({ label, press }: { readonly label: string; readonly press: () => void }): TemplateResult {
    return html`<button class="share" type="button" data-testid="call-screen-row" @click=${() => this.#close(press)}>
      ${icon("screen")}${label}
    </button>`;
  }

  #pick(emoji: string): void {
    if (this.shown === undefined) this.#close(() => this.react(emoji));
  }

  #close(then: () => void): void {
    this.panel.hidePopover();
    then();
  }

  #onToggle(event: ToggleEvent): void {
    this.isOpen = event.newState === "open";
    if (!this.isOpen) return giveFocusBack(this.panel, this.button);
    placeAbove(this.panel, this.button);
    this.#emojis()[0]?.focus();
  }

  #onKey(event: KeyboardEvent): void {
    const emojis = this.#emojis();
    const at = emojis.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    const picked = EMOJIS[Number(event.key) - 1];
    if (picked) this.#pick(picked.emoji);
    else if (next !== undefined) emojis.at(next % emojis.length)?.focus();
    else return;
    event.preventDefault();
  }

  #emojis(): readonly HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>(".emoji")];
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "reaction-menu": ReactionMenu;
  }
}

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { RecentCall, Theme } from "../../preferences/Preferences.ts";
import type { PastedLink } from "../../router/route.ts";
import { formatDay } from "../../strings/formatTime.ts";
import { strings } from "../../strings/strings.ts";
import { brandMark, brandMarkStyles } from "../../styles/brandMark.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { homePageStyles } from "./home-page.styles.ts";

import "../theme-button/theme-button.ts";

export interface HomeActions {
  startCall(name: string): void;
  openCall(linkId: string, password?: string): void;
  forgetCall(linkId: string): void;
  understandLink(text: string): PastedLink;
  chooseTheme(theme: Theme): void;
  roomPath(linkId: string): string;
}

/** Where one starts a call or pastes a link. */
@customElement("home-page")
export class HomePage extends LitElement {
  static override styles = [controls, brandMarkStyles, homePageStyles];

  @property() brand: string = strings.brand;
  @property() theme: Theme = "system";
  @property({ type: Boolean }) isStarting = false;
  @property({ attribute: false }) recentCalls: readonly RecentCall[] = [];
  @property({ type: Number }) nowMs = 0;
  @property({ attribute: false }) actions!: HomeActions;
  @state() private linkFault: string | undefined;
  @query("#name") private readonly nameField!: HTMLInputElement;
  @query("#link") private readonly linkField!: HTMLInputElement;

  protected override render(): TemplateResult {
    return html`
      <header class="top">
        ${brandMark(this.brand, () => {})}
        <theme-button .theme=${this.theme} .choose=${(theme: Theme) => this.actions.chooseTheme(theme)}></theme-button>
      </header>
      <main>
        <div>
          <h1 tabindex="-1">${strings.home.title}</h1>
          <p class="lead">${strings.home.lead}</p>
        </div>
        <div class="forms">${this.#startForm()} ${this.#linkForm()}</div>
        ${this.recentCalls.length > 0 ? this.#recent() : nothing}
      </main>
    `;
  }

  #startForm(): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => this.#start(event)}>
      <input
        id="name"
        class="field"
        data-testid="home-name"
        maxlength="80"
        dir="auto"
        autocomplete="off"
        aria-label=${strings.home.nameLabel}
        placeholder=${strings.home.namePlaceholder}
      />
      <button class="button primary" type="submit" data-testid="home-start" ?disabled=${this.isStarting}>
        ${this.isStarting ? strings.home.starting : strings.home.start}
      </button>
    </form>`;
  }

  #linkForm(): TemplateResult {
    return html`<form novalidate @submit=${(event: SubmitEvent) => this.#join(event)}>
      <input
        id="link"
        class="field"
        data-testid="home-link"
        maxlength="2000"
        inputmode="url"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-label=${strings.home.linkLabel}
        aria-invalid=${this.linkFault === undefined ? "false" : "true"}
        aria-describedby="fault"
        placeholder=${strings.home.linkPlaceholder}
        @input=${() => (this.linkFault = undefined)}
      />
      <button class="button" type="submit" data-testid="home-join">${strings.home.join}</button>
      <p id="fault" class="fault" role="alert" ?hidden=${this.linkFault === undefined}>${this.linkFault}</p>
    </form>`;
  }

  #recent(): TemplateResult {
    return html`<section aria-labelledby="recent">
      <h2 id="recent">${strings.home.recent}</h2>
      <ul>
        ${this.recentCalls.map(
          (call) =>
            html`<li>
              <a href=${this.actions.roomPath(call.linkId)} @click=${(event: MouseEvent) => this.#open(event, call)}>
                ${icon("link")}<span dir="auto">${call.name || call.linkId}</span>
                <small class="faint">${formatDay(call.joinedAtMs, this.nowMs)}</small>
              </a>
              <button
                class="icon-button"
                type="button"
                aria-label=${strings.home.forget(call.name || call.linkId)}
                @click=${() => this.actions.forgetCall(call.linkId)}
              >
                ${icon("close")}
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  #start(event: SubmitEvent): void {
    event.preventDefault();
    if (!this.isStarting) this.actions.startCall(this.nameField.value.trim());
  }

  #join(event: SubmitEvent): void {
    event.preventDefault();
    const text = this.linkField.value;
    const link = this.actions.understandLink(text);
    if (link.kind === "room") return this.actions.openCall(link.linkId, link.password);
    this.linkFault =
      link.kind === "elsewhere"
        ? strings.home.linkElsewhere(link.host)
        : text.trim() === ""
          ? strings.home.linkEmpty
          : strings.home.notALink;
    this.linkField.focus();
  }

  #open(event: MouseEvent, call: RecentCall): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.actions.openCall(call.linkId);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "home-page": HomePage;
  }
}

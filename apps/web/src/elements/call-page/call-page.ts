import type { CallMember, CallState, CallTrust, OutgoingRing } from "@conclave/call";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import type { HeaderKind } from "../../boot/lookParameters.ts";
import type { MediaView } from "../../media/MediaView.ts";
import { formatTimeOfDay } from "../../strings/formatTime.ts";
import { strings } from "../../strings/strings.ts";
import { controls, tooltips } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { backButton } from "../../styles/topBar.ts";
import { tilesOf } from "../tile-grid/tiles.ts";
import type { CallActions } from "./CallActions.ts";
import { callPageStyles } from "./call-page.styles.ts";
import { describeChanges } from "./describeChanges.ts";
import { shortcutAction } from "./shortcuts.ts";

import "../call-clock/call-clock.ts";
import "../call-lock/call-lock.ts";
import "../control-bar/control-bar.ts";
import type { ControlBar } from "../control-bar/control-bar.ts";
import "../people-panel/people-panel.ts";
import "../remote-audio/remote-audio.ts";
import type { RemoteAudio } from "../remote-audio/remote-audio.ts";
import "../tile-grid/tile-grid.ts";

function aloneTitle(ring: OutgoingRing | undefined): string {
  if (ring?.phase !== "sent" || ring.kind !== "ring" || ring.outcome === "accepted") return strings.call.alone;
  return strings.call.calling[ring.outcome];
}

/** The call itself: people, controls, and the state of the lock. */
@customElement("call-page")
export class CallPage extends LitElement {
  static override styles = [controls, tooltips, callPageStyles];

  @property() roomName = "";
  @property({ attribute: false }) callState!: CallState;
  @property({ attribute: false }) members: readonly CallMember[] = [];
  @property({ attribute: false }) trust!: CallTrust;
  /** How the call to the others goes, if they were called. */
  @property({ attribute: false }) ring: OutgoingRing | undefined;
  @property({ attribute: false }) media!: MediaView;
  /** Monotonic ms; undefined keeps the clock still. */
  @property({ attribute: false }) durationMs: () => number = () => 0;
  @property({ attribute: false }) actions!: CallActions;
  @property({ attribute: false }) explain: (text: string) => void = () => {};
  @property({ attribute: false }) canShare = true;
  @property({ type: Boolean }) isPeopleOpen = false;
  /** With `none` the host says which room it is; the lock and who is here are shown all the same. */
  @property({ reflect: true }) header: HeaderKind = "standard";
  /** The row of buttons; its keys work without it. */
  @property({ attribute: false }) hasControls = true;
  /** On a bar with a way back. */
  @property({ attribute: false }) goBack: (() => void) | undefined;
  @state() private isSoundBlocked = false;
  @state() private announcement = "";
  @query("remote-audio") private readonly sound!: RemoteAudio;
  @query("control-bar") private readonly bar!: ControlBar | null;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.#onKey);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("members");
    if (before !== undefined && this.hasUpdated)
      this.announcement = describeChanges(before, this.members) ?? this.announcement;
  }

  protected override render(): TemplateResult {
    return html`
      ${this.#header()} ${this.#reconnecting()} ${this.isSoundBlocked ? this.#soundBlocked() : nothing}
      <div class="stage ${this.hasControls ? "" : "bare"}">
        <main class="seats">
          <tile-grid
            .tiles=${tilesOf(this.members, this.media)}
            .explain=${this.explain}
            .setVideoSize=${this.actions.setVideoSize}
          ></tile-grid>
          ${this.members.some((member) => !member.isSelf) ? nothing : this.#alone()}
        </main>
        ${this.isPeopleOpen ? this.#people() : nothing}
      </div>
      ${this.hasControls ? this.#controls() : nothing}
      <remote-audio
        .members=${this.members}
        .speakerId=${this.media.chosen.speaker}
        .onBlocked=${(isBlocked: boolean) => (this.isSoundBlocked = isBlocked)}
      ></remote-audio>
      <p class="hidden-visually" role="status">${this.announcement}</p>
    `;
  }

  #controls(): TemplateResult {
    return html`<footer>
      <control-bar
        .media=${this.media}
        .actions=${this.actions}
        .canShare=${this.canShare}
        .isHandUp=${this.#isHandUp}
        .reaction=${this.#self?.reaction}
      ></control-bar>
    </footer>`;
  }

  get #self(): CallMember | undefined {
    return this.members.find((member) => member.isSelf);
  }

  get #isHandUp(): boolean {
    return this.#self?.handOrder !== undefined;
  }

  #header(): TemplateResult {
    const label = strings.call.peopleCount(this.members.length);
    return html`<header>
      ${this.header === "app_bar" ? backButton(this.goBack) : nothing}
      <call-lock .trust=${this.trust}></call-lock>
      <h1 tabindex="-1" dir="auto">${this.roomName || strings.lobby.unnamed}</h1>
      <call-clock class="clock" .durationMs=${this.durationMs}></call-clock>
      <div class="space"></div>
      <button
        class="icon-button people-button"
        type="button"
        data-testid="call-participants"
        data-count=${this.members.length}
        aria-label=${label}
        aria-keyshortcuts="P"
        aria-expanded=${this.isPeopleOpen}
        data-tip=${strings.call.shortcut(strings.call.people, "P")}
        data-tip-side="below-left"
        @click=${() => this.#togglePeople()}
      >
        ${icon("users")}<span class="numerals">${this.members.length}</span>
      </button>
    </header>`;
  }

  #reconnecting(): TemplateResult | typeof nothing {
    if (this.callState.phase !== "reconnecting") return nothing;
    const { cause, since } = this.callState;
    return html`<div class="banner" role="status" data-testid="call-reconnecting" data-cause=${cause}>
      ${icon("alert")}<span>${strings.call.reconnecting[cause]}</span>
      <small class="soft">${strings.call.reconnectingSince(formatTimeOfDay(since))}</small>
    </div>`;
  }

  #soundBlocked(): TemplateResult {
    return html`<div class="banner" role="alert">
      ${icon("sound")}<span>${strings.call.soundBlocked}</span>
      <button class="button primary" type="button" data-testid="allow-sound" @click=${() => this.sound.resume()}>
        ${strings.call.allowSound}
      </button>
    </div>`;
  }

  #alone(): TemplateResult {
    const { copyLink } = this.actions;
    const title = aloneTitle(this.ring);
    return html`<section class="alone">
      <div>
        <h2 aria-live="polite">${title}</h2>
        ${copyLink && title === strings.call.alone ? html`<p>${strings.call.aloneHint}</p>` : nothing}
      </div>
      ${
        copyLink
          ? html`<button class="button primary" type="button" data-testid="copy-link" @click=${() => copyLink()}>
              ${icon("link")}${strings.copyLink}
            </button>`
          : nothing
      }
    </section>`;
  }

  #people(): TemplateResult {
    return html`<people-panel
      role="complementary"
      aria-label=${strings.call.people}
      .members=${this.members}
      .copyLink=${this.actions.copyLink}
      .close=${() => this.#togglePeople()}
    ></people-panel>`;
  }

  #togglePeople(): void {
    this.isPeopleOpen = !this.isPeopleOpen;
    if (!this.isPeopleOpen) this.renderRoot.querySelector<HTMLElement>(".people-button")?.focus();
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.isPeopleOpen) return this.#togglePeople();
    const action = shortcutAction(event, this.media);
    if (action === undefined) return;
    event.preventDefault();
    if (action.kind === "people") this.#togglePeople();
    else if (action.kind === "hand") this.actions.setHandUp(!this.#isHandUp);
    else if (action.kind === "reactions") this.bar?.toggleReactions();
    else if (action.kind === "microphone") this.actions.setMicrophoneOn(action.isOn);
    else if (action.kind === "camera") this.actions.setCameraOn(action.isOn);
    else if (this.canShare) this.actions.setScreenOn(action.isOn);
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "call-page": CallPage;
  }
}

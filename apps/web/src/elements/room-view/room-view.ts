import { effect, Scope } from "@conclave/kit";
import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";

import type { EmbeddedVisit } from "../../boot/widget/Embedding.ts";
import type { Environment } from "../../environment.ts";
import { LocalMedia } from "../../media/LocalMedia.ts";
import { readMedia, type MediaView } from "../../media/MediaView.ts";
import { RoomFlow, type RoomPhase } from "../../room/RoomFlow.ts";
import { strings } from "../../strings/strings.ts";
import type { Notice } from "../toast-stack/toast-stack.ts";
import { RoomActions } from "./RoomActions.ts";

import "../lobby-page/lobby-page.ts";
import "../problem-page/problem-page.ts";
import "../after-page/after-page.ts";

/** Not needed before Join, so not on the way to the lobby. */
const loadCallPage = (): Promise<unknown> => import("../in-call/in-call.ts");

/** One visit to one call: owns its lifetime and shows the page of its phase. */
@customElement("room-view")
export class RoomView extends LitElement {
  static override styles = css`
    :host {
      display: block;
      height: 100%;
      overflow: auto;
    }
  `;

  @property({ attribute: false }) environment!: Environment;
  @property() linkId = "";
  @property({ attribute: false }) notify: (notice: Notice) => void = () => {};
  @state() private isCallPageHere = false;
  #scope = new Scope();
  #media!: LocalMedia;
  #flow!: RoomFlow;
  #actions!: RoomActions;
  #shownPhase: RoomPhase["name"] | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const { environment, linkId } = this;
    this.#scope = new Scope();
    const { devices, preferences, parameters } = environment;
    this.#media = new LocalMedia({ devices, preferences, processing: parameters.processing }, this.#scope);
    this.#flow = new RoomFlow(environment, linkId, this.#scope);
    this.#actions = new RoomActions(
      { environment, linkId, flow: this.#flow, media: this.#media, notify: (notice) => this.notify(notice) },
      this.#scope,
    );
    effect(this.#scope, () => {
      this.#flow.phase.get();
      this.#flow.lobby.get();
      this.#flow.ring.get();
      this.#actions.isRingSilent.get();
      readMedia(this.#media);
      this.requestUpdate();
    });
    environment.embedding?.follow(this.#embeddedVisit(), this.#scope);
    void this.#actions.begin();
    void this.#fetchCallPage();
    window.addEventListener("pagehide", () => this.#flow.leave(), { signal: this.#scope.signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.#scope.end();
  }

  protected override updated(): void {
    const phase = this.#shown(this.#flow.phase.get());
    document.title = this.#titleOf(phase);
    const isSamePage = phase.name === this.#shownPhase || (phase.name === "joining" && this.#shownPhase === "lobby");
    this.#shownPhase = phase.name;
    if (isSamePage) return;
    void this.#focusHeading();
  }

  protected override render(): TemplateResult {
    const phase = this.#shown(this.#flow.phase.get());
    const media = readMedia(this.#media);
    const { exit, goBack, goHome, header } = this.#waysOut();
    switch (phase.name) {
      case "call":
        return html`<in-call
          .call=${phase.call}
          .joinedAtMs=${phase.joinedAtMs}
          .clock=${this.environment.clock}
          .roomName=${this.#roomName}
          .media=${media}
          .actions=${this.#actions.forCall(phase.call)}
          .explain=${(text: string) => this.notify({ kind: "explanation", text })}
          .look=${this.environment.parameters.look}
          .goBack=${this.environment.embedding?.back()}
        ></in-call>`;
      case "after":
        return html`<after-page
          .brand=${this.environment.brand}
          .durationMs=${phase.durationMs}
          .problem=${phase.problem}
          .because=${phase.because}
          .rejoin=${() => this.#actions.rejoin()}
          .header=${header}
          .goHome=${goHome}
          .goBack=${goBack}
          .exit=${exit}
          .copyReport=${() => this.#actions.copyReport(phase)}
        ></after-page>`;
      case "problem":
        return html`<problem-page
          .brand=${this.environment.brand}
          .problem=${phase.problem}
          .retry=${() => this.#flow.retry()}
          .header=${header}
          .goHome=${goHome}
          .goBack=${goBack}
          .exit=${exit}
        ></problem-page>`;
      default:
        return this.#lobby(phase, media);
    }
  }

  #waysOut() {
    const { embedding, parameters, router } = this.environment;
    const goHome = parameters.look.isConfined ? undefined : (): void => router.goHome();
    return {
      header: parameters.look.header,
      goHome,
      goBack: embedding?.back() ?? goHome,
      exit: embedding ? strings.close : strings.toHome,
    };
  }

  #embeddedVisit(): EmbeddedVisit {
    return {
      phase: this.#flow.phase,
      media: this.#media,
      join: () => this.#actions.join(this.#actions.displayName),
      leave: () => this.#flow.leave(),
      rejoin: () => this.#actions.rejoin(),
    };
  }

  // A call that began before its page has come is still being joined, to the eye.
  #shown(phase: RoomPhase): RoomPhase {
    return phase.name === "call" && !this.isCallPageHere ? { name: "joining", step: "keying" } : phase;
  }

  async #fetchCallPage(): Promise<void> {
    try {
      await loadCallPage();
      this.isCallPageHere = true;
    } catch (thrown) {
      this.environment.logger.error("the call page did not load", { fault: String(thrown) });
      this.notify({ kind: "problem", about: "", problem: { code: "app_incomplete", isRetryable: true } });
    }
  }

  #lobby(phase: Extract<RoomPhase, { name: "lobby" | "joining" }>, media: MediaView): TemplateResult {
    const { goBack, goHome, header } = this.#waysOut();
    return html`<lobby-page
      .brand=${this.environment.brand}
      .view=${this.#flow.lobby.get()}
      .media=${media}
      .ring=${this.#flow.ring.get()}
      .isRingSilent=${this.#actions.isRingSilent.get()}
      .displayName=${this.#actions.displayName}
      .step=${phase.name === "joining" ? phase.step : undefined}
      .problem=${phase.name === "lobby" ? phase.problem : undefined}
      .actions=${this.#actions}
      .isEmbedded=${this.environment.embedding !== undefined}
      .header=${header}
      .goHome=${goHome}
      .goBack=${goBack}
    ></lobby-page>`;
  }

  get #roomName(): string {
    return this.#flow.lobby.get()?.roomName ?? "";
  }

  #titleOf(phase: RoomPhase): string {
    const name = this.#roomName || strings.lobby.unnamed;
    if (phase.name === "call") return strings.call.documentTitle(name);
    if (phase.name === "after") return strings.after.documentTitle;
    return phase.name === "problem" ? strings.problem.documentTitle : strings.lobby.documentTitle(name);
  }

  // For those who do not see that the page is another one now.
  async #focusHeading(): Promise<void> {
    let page = this.renderRoot.firstElementChild;
    while (page instanceof LitElement) {
      await page.updateComplete;
      const heading: HTMLElement | null = page.renderRoot.querySelector("h1");
      if (heading !== null) return heading.focus({ preventScroll: true });
      page = page.renderRoot.firstElementChild;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "room-view": RoomView;
  }
}

import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";

import type { Environment } from "../../environment.ts";
import type { Theme } from "../../preferences/Preferences.ts";
import { toProblem } from "../../problems/Problem.ts";
import { createLinkId } from "../../router/linkId.ts";
import { parsePastedLink, roomUrl } from "../../router/route.ts";
import { strings } from "../../strings/strings.ts";
import type { HomeActions } from "../home-page/home-page.ts";
import type { Notice, ToastStack } from "../toast-stack/toast-stack.ts";
import { Watch } from "../Watch.ts";

import "../home-page/home-page.ts";
import "../problem-page/problem-page.ts";
import "../room-view/room-view.ts";
import "../toast-stack/toast-stack.ts";

/** The whole app: the page of the present address, and messages over it. */
@customElement("conclave-app")
export class ConclaveApp extends LitElement {
  static override styles = css`
    :host {
      display: block;
      height: 100%;
      overflow: auto;
    }
  `;

  @property({ attribute: false }) environment!: Environment;
  @state() private isStarting = false;
  @query("toast-stack") private readonly toasts!: ToastStack;
  readonly #route = new Watch(this, () => this.environment.router.route.get());
  readonly #notify = (notice: Notice): void => this.toasts.show(notice);
  readonly #homeActions: HomeActions = {
    startCall: (name) => void this.#startCall(name),
    openCall: (linkId, password) => {
      const { router } = this.environment;
      if (password === undefined) router.goToRoom(linkId);
      else router.openWithPassword(linkId, password);
    },
    forgetCall: (linkId) => {
      this.environment.preferences.forgetCall(linkId);
      this.requestUpdate();
    },
    understandLink: (text) => parsePastedLink(text, this.environment.router.here),
    chooseTheme: (theme) => this.#chooseTheme(theme),
    roomPath: (linkId) => {
      const url = roomUrl(linkId, this.environment.router.here);
      return url.pathname + url.search;
    },
  };

  protected override updated(_changed: PropertyValues<this>): void {
    const { page } = this.#route.value;
    if (page === "home") document.title = strings.home.documentTitle;
    if (page === "unknown") document.title = strings.problem.documentTitle;
  }

  protected override render(): TemplateResult {
    return html`${this.#page()}<toast-stack .clock=${this.environment.clock}></toast-stack>`;
  }

  #page(): unknown {
    const route = this.#route.value;
    const { brand, clock, preferences, router } = this.environment;
    switch (route.page) {
      case "home":
        return html`<home-page
          .brand=${brand}
          .theme=${preferences.theme}
          .isStarting=${this.isStarting}
          .recentCalls=${preferences.recentCalls}
          .nowMs=${clock.nowMs()}
          .actions=${this.#homeActions}
        ></home-page>`;
      case "room":
        return keyed(
          route.linkId,
          html`<room-view .environment=${this.environment} linkId=${route.linkId} .notify=${this.#notify}></room-view>`,
        );
      default:
        return html`<problem-page
          .brand=${brand}
          .problem=${{ code: "link_invalid", isRetryable: false }}
          .goHome=${() => router.goHome()}
        ></problem-page>`;
    }
  }

  async #startCall(name: string): Promise<void> {
    const { randomBytes, router, service } = this.environment;
    const linkId = createLinkId(randomBytes);
    this.isStarting = true;
    try {
      await service.createRoom(linkId, name);
      router.goToRoom(linkId);
    } catch (thrown) {
      this.#notify({ kind: "problem", about: "", problem: toProblem(thrown) });
    } finally {
      this.isStarting = false;
    }
  }

  #chooseTheme(theme: Theme): void {
    this.environment.preferences.theme = theme;
    applyTheme(theme);
    this.requestUpdate();
  }
}

/** Makes the page follow the choice of the person, or that of the system. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

declare global {
  interface HTMLElementTagNameMap {
    "conclave-app": ConclaveApp;
  }
}

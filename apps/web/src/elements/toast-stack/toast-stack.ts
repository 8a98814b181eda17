import { Scope, systemClock, type Clock } from "@conclave/kit";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import type { Problem } from "../../problems/Problem.ts";
import { problemTexts } from "../../strings/problems.ts";
import { strings } from "../../strings/strings.ts";
import { controls } from "../../styles/controls.ts";
import { icon, type IconName } from "../../styles/icons.ts";

/** A message that passes. Problems stay until they are dismissed. */
export type Notice =
  | { readonly kind: "info"; readonly text: string; readonly icon?: IconName }
  | { readonly kind: "explanation"; readonly text: string }
  | { readonly kind: "problem"; readonly about: string; readonly problem: Problem };

const INFO_MS = 3500;
const EXPLANATION_MS = 15_000;
const MAX_NOTICES = 3;

/** Messages over the foot of the page, newest last. */
@customElement("toast-stack")
export class ToastStack extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        position: fixed;
        inset: auto 0 calc(100px + env(safe-area-inset-bottom));
        z-index: 30;
        display: grid;
        justify-items: center;
        gap: var(--space-2);
        padding: 0 var(--space-4);
        pointer-events: none;
      }
      .toast {
        display: flex;
        align-items: center;
        gap: 12px;
        max-width: min(560px, 100%);
        padding: 10px 8px 10px 16px;
        border-radius: 14px;
        background: var(--raised);
        box-shadow: var(--shadow-float);
        pointer-events: auto;
        animation: rise var(--motion);
      }
      .toast > svg {
        color: var(--trust);
      }
      .toast.problem > svg {
        color: var(--warn);
      }
      .text {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .text small {
        display: block;
        color: var(--text-soft);
        font-size: var(--text-xs);
      }
      @keyframes rise {
        from {
          opacity: 0;
          translate: 0 8px;
        }
      }
    `,
  ];

  @property({ attribute: false }) clock: Clock = systemClock;
  @state() private notices: readonly { readonly id: number; readonly notice: Notice }[] = [];
  #nextId = 0;
  #scope = new Scope();

  show(notice: Notice): void {
    const id = this.#nextId++;
    this.notices = [...this.notices, { id, notice }].slice(-MAX_NOTICES);
    if (notice.kind === "problem") return;
    const cancel = this.clock.after(notice.kind === "info" ? INFO_MS : EXPLANATION_MS, () => this.#dismiss(id));
    this.#scope.onEnd(cancel);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.#scope.isEnded) this.#scope = new Scope();
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", strings.toast.region);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.#scope.end();
  }

  protected override render(): TemplateResult {
    return html`${repeat(
      this.notices,
      ({ id }) => id,
      ({ id, notice }) => this.#toast(id, notice),
    )}`;
  }

  #toast(id: number, notice: Notice): TemplateResult {
    const isProblem = notice.kind === "problem";
    return html`<div
      class="toast ${notice.kind}"
      role=${isProblem ? "alert" : "status"}
      data-testid="toast"
      data-code=${isProblem ? notice.problem.code : nothing}
    >
      ${icon(iconOf(notice))}
      <div class="text">${isProblem ? problemBody(notice.about, notice.problem) : notice.text}</div>
      <button class="icon-button" type="button" aria-label=${strings.toast.dismiss} @click=${() => this.#dismiss(id)}>
        ${icon("close")}
      </button>
    </div>`;
  }

  #dismiss(id: number): void {
    this.notices = this.notices.filter((entry) => entry.id !== id);
  }
}

function iconOf(notice: Notice): IconName {
  if (notice.kind === "info") return notice.icon ?? "check";
  return notice.kind === "problem" ? "alert" : "lock";
}

function problemBody(about: string, problem: Problem): TemplateResult {
  const text = problemTexts[problem.code];
  const title = about === "" ? `${text.title}.` : strings.lobby.deviceProblem(about, text.title);
  return html`${title} <small>${text.cause} ${text.remedy} ${strings.problem.code(problem.code)}</small>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "toast-stack": ToastStack;
  }
}

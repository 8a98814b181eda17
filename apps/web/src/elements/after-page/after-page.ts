import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { Problem } from "../../problems/Problem.ts";
import { formatDuration } from "../../strings/formatTime.ts";
import { problemTexts } from "../../strings/problems.ts";
import { strings } from "../../strings/strings.ts";
import { brandMark, brandMarkStyles } from "../../styles/brandMark.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { messageStyles } from "../../styles/message.ts";

/** After a call: how long it was, what went wrong if something did, and the way back in. */
@customElement("after-page")
export class AfterPage extends LitElement {
  static override styles = [controls, brandMarkStyles, messageStyles];

  @property() brand: string = strings.brand;
  @property({ type: Number }) durationMs = 0;
  @property({ attribute: false }) problem: Problem | undefined;
  @property({ attribute: false }) rejoin: () => void = () => {};
  @property({ attribute: false }) goHome: () => void = () => {};
  /** Copies what helps to find the fault; free of names and secrets. */
  @property({ attribute: false }) copyReport: () => void = () => {};

  protected override render(): TemplateResult {
    return html`
      <header class="top">${brandMark(this.brand, () => this.goHome())}</header>
      <main data-testid="after" data-code=${this.problem?.code ?? nothing}>
        <div class="sign ${this.problem ? "" : "calm"}">${icon(this.problem ? "alert" : "phoneOff")}</div>
        <h1 tabindex="-1">${this.problem ? strings.after.ended : strings.after.left}</h1>
        ${this.problem ? this.#cause(this.problem) : nothing}
        <p class="numerals">${strings.after.duration(formatDuration(this.durationMs))}</p>
        <div class="actions">
          <button class="button primary" type="button" data-testid="after-rejoin" @click=${() => this.rejoin()}>
            ${strings.after.rejoin}
          </button>
          <button class="button" type="button" @click=${() => this.goHome()}>${strings.after.home}</button>
        </div>
        ${
          this.problem
            ? html`<button class="button quiet" type="button" @click=${() => this.copyReport()}>
                ${strings.after.copyReport}
              </button>`
            : nothing
        }
      </main>
    `;
  }

  #cause(problem: Problem): TemplateResult {
    const text = problemTexts[problem.code];
    return html`<p class="cause">${text.title}. ${text.cause}</p>
      <p>${text.remedy}</p>
      <code>${strings.problem.code(problem.code)}</code>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "after-page": AfterPage;
  }
}

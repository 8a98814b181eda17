import type { LeaveReason } from "@conclave/call";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { HeaderKind } from "../../boot/lookParameters.ts";
import type { Problem } from "../../problems/Problem.ts";
import { formatDuration } from "../../strings/formatTime.ts";
import { problemTexts } from "../../strings/problems.ts";
import { strings } from "../../strings/strings.ts";
import { brandMarkStyles } from "../../styles/brandMark.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { messageStyles } from "../../styles/message.ts";
import { exitButton, topBar } from "../../styles/topBar.ts";

/** After a call: how long it was, what went wrong if something did, and the way back in. */
@customElement("after-page")
export class AfterPage extends LitElement {
  static override styles = [controls, brandMarkStyles, messageStyles];

  @property() brand: string = strings.brand;
  @property({ type: Number }) durationMs = 0;
  @property({ attribute: false }) problem: Problem | undefined;
  /** Why the call was left without a press. */
  @property({ attribute: false }) because: LeaveReason | undefined;
  @property({ attribute: false }) rejoin: () => void = () => {};
  @property() header: HeaderKind = "standard";
  /** Absent where there is no way out of the room. */
  @property({ attribute: false }) goHome: (() => void) | undefined;
  @property({ attribute: false }) goBack: (() => void) | undefined;
  /** What the way out is called. */
  @property() exit: string = strings.toHome;
  /** Copies what helps to find the fault; free of names and secrets. */
  @property({ attribute: false }) copyReport: () => void = () => {};

  protected override render(): TemplateResult {
    return html`
      ${topBar(this)}
      <main data-testid="after" data-code=${this.problem?.code ?? this.because ?? nothing}>
        <div class="sign ${this.problem ? "" : "calm"}">${icon(this.problem ? "alert" : "phoneOff")}</div>
        <h1 tabindex="-1">${this.#title}</h1>
        ${this.problem ? this.#cause(this.problem) : nothing}
        <p class="numerals">${strings.after.duration(formatDuration(this.durationMs))}</p>
        <div class="actions">
          <button class="button primary" type="button" data-testid="after-rejoin" @click=${() => this.rejoin()}>
            ${strings.after.rejoin}
          </button>
          ${exitButton(this)}
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

  get #title(): string {
    if (this.problem) return strings.after.ended;
    return this.because === undefined ? strings.after.left : strings.after.because[this.because];
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

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import type { HeaderKind } from "../../boot/lookParameters.ts";
import type { Problem } from "../../problems/Problem.ts";
import { problemTexts } from "../../strings/problems.ts";
import { strings } from "../../strings/strings.ts";
import { brandMarkStyles } from "../../styles/brandMark.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { messageStyles } from "../../styles/message.ts";
import { exitButton, topBar } from "../../styles/topBar.ts";

/** When there is no way on: what happened, whose side it is on, what to do. */
@customElement("problem-page")
export class ProblemPage extends LitElement {
  static override styles = [controls, brandMarkStyles, messageStyles];

  @property() brand: string = strings.brand;
  @property({ attribute: false }) problem!: Problem;
  /** Absent where trying again cannot help. */
  @property({ attribute: false }) retry: (() => void) | undefined;
  @property() header: HeaderKind = "standard";
  /** Absent where there is no way out of the room. */
  @property({ attribute: false }) goHome: (() => void) | undefined;
  @property({ attribute: false }) goBack: (() => void) | undefined;
  /** What the way out is called. */
  @property() exit: string = strings.toHome;

  protected override render(): TemplateResult {
    const text = problemTexts[this.problem.code];
    return html`
      ${topBar(this)}
      <main data-testid="problem" data-code=${this.problem.code}>
        <div class="sign">${icon("alert")}</div>
        <div class="words" role="alert">
          <h1 tabindex="-1">${text.title}</h1>
          <p class="cause">${text.cause}</p>
          <p>${text.remedy}</p>
        </div>
        <div class="actions">
          ${
            this.retry
              ? html`<button class="button primary" type="button" data-testid="problem-retry" @click=${this.retry}>
                  ${strings.tryAgain}
                </button>`
              : nothing
          }
          ${exitButton(this)}
        </div>
        <code>${strings.problem.code(this.problem.code)}</code>
      </main>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "problem-page": ProblemPage;
  }
}

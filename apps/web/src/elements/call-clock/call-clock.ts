import { systemClock, type CancelTimer, type Clock } from "@conclave/kit";
import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { formatDuration } from "../../strings/formatTime.ts";

const SECOND_MS = 1000;

/** How long one has been in the call. */
@customElement("call-clock")
export class CallClock extends LitElement {
  static override styles = css`
    :host {
      font-variant-numeric: tabular-nums;
    }
  `;

  @property({ attribute: false }) clock: Clock = systemClock;
  @property({ attribute: false }) durationMs: () => number = () => 0;
  #cancel: CancelTimer = () => {};

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute("role", "timer");
    this.#tick();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#cancel();
  }

  protected override render(): TemplateResult {
    return html`${formatDuration(this.durationMs())}`;
  }

  #tick(): void {
    this.requestUpdate();
    this.#cancel = this.clock.after(SECOND_MS - (this.durationMs() % SECOND_MS), () => this.#tick());
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "call-clock": CallClock;
  }
}

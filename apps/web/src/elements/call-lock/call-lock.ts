import type { CallTrust } from "@conclave/call";
import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { strings } from "../../strings/strings.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";

/** Says who can read this call, from what was really decrypted; a press explains. */
@customElement("call-lock")
export class CallLock extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: inline-flex;
      }
      .lock {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        min-height: 32px;
        padding: 0 12px 0 10px;
        border: 0;
        border-radius: var(--radius-full);
        background: color-mix(in oklch, var(--text) 8%, transparent);
        color: var(--text-soft);
        font-size: var(--text-xs);
        font-weight: 560;
        white-space: nowrap;
        transition: background var(--motion);
      }
      .lock svg {
        width: 15px;
        height: 15px;
        stroke-width: 2.1;
      }
      .lock.locked {
        background: color-mix(in oklch, var(--trust) 13%, transparent);
        color: var(--trust);
      }
      .lock.locked:hover {
        background: color-mix(in oklch, var(--trust) 20%, transparent);
      }
      .lock.partial,
      .lock.open {
        background: color-mix(in oklch, var(--warn) 14%, transparent);
        color: var(--warn);
      }
      [popover] {
        position: fixed;
        inset: 64px auto auto 16px;
        margin: 0;
        width: min(360px, calc(100vw - 32px));
        padding: var(--space-4);
        border: 0;
        border-radius: 14px;
        background: var(--raised);
        color: var(--text);
        box-shadow: var(--shadow-float);
      }
      h2 {
        font-size: var(--text-s);
        font-weight: 600;
        margin-bottom: var(--space-2);
      }
      p {
        color: var(--text-soft);
        font-size: var(--text-xs);
        line-height: 1.5;
      }
      p + p {
        margin-top: var(--space-2);
        color: var(--text-faint);
      }
      @media (pointer: coarse) {
        .lock {
          min-height: 40px;
        }
      }
    `,
  ];

  @property({ attribute: false }) trust!: CallTrust;

  protected override render(): TemplateResult {
    const { state } = this.trust;
    return html`
      <button class="lock ${state}" type="button" data-testid="call-lock" data-state=${state} popovertarget="detail">
        ${icon(state === "open" ? "lockOpen" : "lock")}<span role="status">${strings.lock.label(this.trust)}</span>
      </button>
      <div id="detail" popover>
        <h2>${strings.lock.title}</h2>
        <p>${strings.lock.detail(this.trust)}</p>
        <p>${strings.lock.honest}</p>
      </div>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "call-lock": CallLock;
  }
}

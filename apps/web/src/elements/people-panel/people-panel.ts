import type { CallMember } from "@conclave/call";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { strings } from "../../strings/strings.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";

import "../person-avatar/person-avatar.ts";

/** Everybody who is in the call, and the way to invite more. */
@customElement("people-panel")
export class PeoplePanel extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        border-radius: var(--radius-tile);
        background: var(--raised);
        box-shadow: inset 0 0 0 1px var(--line);
      }
      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: var(--space-2) var(--space-2) var(--space-1) var(--space-4);
      }
      h2 {
        font-size: var(--text-s);
        font-weight: 600;
      }
      ul {
        flex: 1;
        overflow: auto;
        list-style: none;
        margin: 0;
        padding: 0 var(--space-2);
      }
      li {
        display: flex;
        align-items: center;
        gap: 12px;
        padding: 8px;
      }
      person-avatar {
        width: 36px;
        font-size: 13px;
        flex: none;
      }
      .name {
        flex: 1;
        min-width: 0;
      }
      .name span,
      small {
        display: block;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        line-height: 1.3;
      }
      small {
        font-size: 12px;
        color: var(--text-faint);
      }
      li > svg {
        width: 18px;
        height: 18px;
        color: var(--text-faint);
      }
      .hand {
        display: flex;
        align-items: center;
        gap: 4px;
        font-size: var(--text-xs);
      }
      .hand svg {
        width: 18px;
        height: 18px;
      }
      .hand b {
        font-weight: 600;
      }
      .foot {
        padding: var(--space-3);
      }
      .foot .button {
        width: 100%;
        background: var(--raised-hover);
      }
    `,
  ];

  @property({ attribute: false }) members: readonly CallMember[] = [];
  /** Absent where the call has no link of its own. */
  @property({ attribute: false }) copyLink: (() => void) | undefined;
  @property({ attribute: false }) close: () => void = () => {};

  protected override render(): TemplateResult {
    return html`
      <div class="head">
        <h2>${strings.call.people} <span class="faint numerals">${this.members.length}</span></h2>
        <button class="icon-button" type="button" aria-label=${strings.close} @click=${() => this.close()}>
          ${icon("close")}
        </button>
      </div>
      <ul>
        ${repeat(
          inOrder(this.members),
          (member) => member.id,
          (member) => this.#person(member),
        )}
      </ul>
      ${this.copyLink ? this.#foot(this.copyLink) : nothing}
    `;
  }

  #foot(copyLink: () => void): TemplateResult {
    return html`<div class="foot">
      <button class="button" type="button" data-testid="copy-link" @click=${() => copyLink()}>
        ${icon("link")}${strings.copyLink}
      </button>
    </div>`;
  }

  #person(member: CallMember): TemplateResult {
    const isMuted = member.microphone === undefined || member.microphone.isMuted;
    return html`<li data-testid="person" data-hand=${member.handOrder ?? ""}>
      <person-avatar name=${member.displayName}></person-avatar>
      <div class="name">
        <span dir="auto">${member.displayName}</span><small>${strings.call.standing(member)}</small>
      </div>
      ${
        member.handOrder === undefined
          ? nothing
          : html`<span class="hand numerals" role="img" aria-label=${strings.call.handPlace(member.handOrder)}
              >${icon("hand")}<b>${member.handOrder}</b></span
            >`
      }
      ${isMuted ? icon("micOff") : icon("mic")}
    </li>`;
  }
}

/** Raised hands first, as they wait; then everybody else, newest first. */
function inOrder(members: readonly CallMember[]): readonly CallMember[] {
  const raised = members.filter(({ handOrder }) => handOrder !== undefined);
  const others = members.filter(({ handOrder }) => handOrder === undefined);
  return [...raised.toSorted((a, b) => (a.handOrder ?? 0) - (b.handOrder ?? 0)), ...others.toReversed()];
}

declare global {
  interface HTMLElementTagNameMap {
    "people-panel": PeoplePanel;
  }
}

import type { LobbyRing } from "@conclave/call";
import { css, html, nothing, type TemplateResult } from "lit";

import { strings } from "../../strings/strings.ts";
import { icon } from "../../styles/icons.ts";

export const ringNoteStyles = css`
  .ringing {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 8px 8px 8px 16px;
    min-height: 60px;
    border-radius: var(--radius-tile);
    background: var(--raised);
    box-shadow: var(--shadow-float);
    font-weight: 540;
  }
  .ringing svg {
    flex: none;
    width: 20px;
    height: 20px;
    stroke-width: 1.75;
    color: var(--accent);
  }
  .ringing span {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
`;

export interface RingNoteActions {
  decline(): void;
  setRingSilent(isSilent: boolean): void;
}

/** Who calls, a way to have silence, and the way to say no. Joining is the way to say yes. */
export function ringNote(
  ring: LobbyRing | undefined,
  isSilent: boolean,
  actions: RingNoteActions,
): TemplateResult | typeof nothing {
  if (ring === undefined) return nothing;
  const isCalling = ring.kind === "ring";
  return html`<div class="ringing" role="alert" data-testid="lobby-ring" data-kind=${ring.kind}>
    ${icon("phone")}
    <span dir="auto">${isCalling ? strings.lobby.calls(ring.callerName) : strings.lobby.started(ring.callerName)}</span>
    ${
      isCalling
        ? html`<button
              class="icon-button"
              type="button"
              data-testid="lobby-silence"
              aria-label=${strings.lobby.ringTone}
              aria-pressed=${!isSilent}
              @click=${() => actions.setRingSilent(!isSilent)}
            >
              ${icon(isSilent ? "bellOff" : "bell")}
            </button>
            <button class="button" type="button" data-testid="lobby-decline" @click=${() => actions.decline()}>
              ${strings.lobby.decline}
            </button>`
        : nothing
    }
  </div>`;
}

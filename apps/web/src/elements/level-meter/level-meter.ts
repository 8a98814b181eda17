import { Scope } from "@conclave/kit";
import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { watchSoundLevel } from "../../media/watchSoundLevel.ts";
import { strings } from "../../strings/strings.ts";

const BAR_THRESHOLDS = [0.06, 0.2, 0.42, 0.68] as const;
const PERCENT = 100;

/** Shows how loud a microphone is. */
@customElement("level-meter")
export class LevelMeter extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      align-items: end;
      gap: 2px;
      height: 16px;
    }
    i {
      width: 3px;
      border-radius: 2px;
      background: var(--text-faint);
      opacity: 0.55;
      transition: background 80ms;
    }
    i.lit {
      background: var(--trust);
      opacity: 1;
    }
    i:nth-child(1) {
      height: 40%;
    }
    i:nth-child(2) {
      height: 62%;
    }
    i:nth-child(3) {
      height: 84%;
    }
    i:nth-child(4) {
      height: 100%;
    }
  `;

  @property({ attribute: false }) track: MediaStreamTrack | undefined;
  #scope: Scope | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute("role", "meter");
    this.setAttribute("aria-label", strings.lobby.level);
    this.setAttribute("aria-valuemin", "0");
    this.setAttribute("aria-valuemax", "100");
    this.#show(0);
    if (this.hasUpdated) this.#listen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    void this.#scope?.end();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("track")) this.#listen();
  }

  protected override render(): TemplateResult {
    return html`${BAR_THRESHOLDS.map(() => html`<i></i>`)}`;
  }

  #listen(): void {
    void this.#scope?.end();
    this.#scope = new Scope();
    this.#show(0);
    if (this.track !== undefined) watchSoundLevel(this.track, this.#scope, (level) => this.#show(level));
  }

  // Sixty times a second: past the renderer.
  #show(level: number): void {
    this.setAttribute("aria-valuenow", String(Math.round(level * PERCENT)));
    for (const [index, bar] of [...this.renderRoot.children].filter((child) => child.localName === "i").entries())
      bar.classList.toggle("lit", level >= (BAR_THRESHOLDS[index] ?? 1));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "level-meter": LevelMeter;
  }
}

import type { Call } from "@conclave/call";
import { systemClock, type Clock } from "@conclave/kit";
import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { type LookParameters, readLook } from "../../boot/lookParameters.ts";
import type { MediaView } from "../../media/MediaView.ts";
import type { CallActions } from "../call-page/CallActions.ts";
import { Watch } from "../Watch.ts";

import "../call-page/call-page.ts";

/** Shows a running call: reads its signals and hands them to `call-page`. One element for each call. */
@customElement("in-call")
export class InCall extends LitElement {
  static override styles = css`
    :host {
      display: block;
      height: 100%;
    }
  `;

  @property({ attribute: false }) call!: Call;
  @property({ attribute: false }) joinedAtMs = 0;
  @property({ attribute: false }) clock: Clock = systemClock;
  @property() roomName = "";
  @property({ attribute: false }) media!: MediaView;
  @property({ attribute: false }) actions!: CallActions;
  @property({ attribute: false }) explain: (text: string) => void = () => {};
  @property({ attribute: false }) look: LookParameters = readLook(new URLSearchParams());
  @property({ attribute: false }) goBack: (() => void) | undefined;
  readonly #watch = new Watch(this, () => ({
    state: this.call.state.get(),
    members: this.call.members.get(),
    trust: this.call.trust.get(),
    ring: this.call.ring.get(),
  }));
  readonly #durationMs = (): number => this.clock.nowMs() - this.joinedAtMs;

  protected override render(): TemplateResult {
    const { state, members, trust, ring } = this.#watch.value;
    return html`<call-page
      .roomName=${this.roomName}
      .callState=${state}
      .members=${members}
      .trust=${trust}
      .ring=${ring}
      .media=${this.media}
      .durationMs=${this.#durationMs}
      .actions=${this.actions}
      .explain=${this.explain}
      .canShare=${this.look.hasScreenSharing && "getDisplayMedia" in (navigator.mediaDevices ?? {})}
      .header=${this.look.header}
      .hasControls=${this.look.hasControls}
      .goBack=${this.goBack}
    ></call-page>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "in-call": InCall;
  }
}

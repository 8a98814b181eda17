import type { CallMember } from "@conclave/call";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";

import { strings } from "../../strings/strings.ts";
import { controls } from "../../styles/controls.ts";
import { icon } from "../../styles/icons.ts";
import { hueOf } from "../person-avatar/initials.ts";
import { callTileStyles } from "./call-tile.styles.ts";
import { noteOf, type TileNote } from "./tileNote.ts";

import "../media-video/media-video.ts";
import "../person-avatar/person-avatar.ts";

/** One person, or the screen that a person shares. */
@customElement("call-tile")
export class CallTile extends LitElement {
  static override styles = [controls, callTileStyles];

  @property({ attribute: false }) member!: CallMember;
  @property({ attribute: false }) kind: "screen" | "person" | "self" = "person";
  @property({ attribute: false }) video: MediaStreamTrack | undefined;
  /** Own microphone state, which is known here before the server says so. */
  @property({ attribute: false }) isMuted = false;
  @property({ attribute: false }) explain: (text: string) => void = () => {};

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("member") && !changed.has("kind") && !changed.has("isMuted")) return;
    const { member } = this;
    this.style.setProperty("--hue", String(hueOf(member.displayName)));
    this.dataset["testid"] = "tile";
    this.dataset["kind"] = this.kind;
    this.dataset["memberId"] = member.id;
    this.dataset["userId"] = member.userId;
    this.dataset["self"] = String(member.isSelf);
    this.dataset["presence"] = member.presence;
    this.dataset["decryption"] = member.decryption;
    this.dataset["muted"] = String(this.isMuted);
    this.dataset["speaking"] = String(this.kind !== "screen" && member.isSpeaking && !this.isMuted);
    this.dataset["hand"] = this.#isPerson && member.handOrder !== undefined ? String(member.handOrder) : "";
    this.dataset["reaction"] = this.#isPerson ? (member.reaction ?? "") : "";
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", this.#label);
  }

  protected override render(): TemplateResult {
    const note = noteOf(this.member, this.kind);
    return html`
      ${this.kind === "screen" ? nothing : html`<person-avatar name=${this.member.displayName}></person-avatar>`}
      ${this.video === undefined ? nothing : this.#picture(this.video)}
      <div class="ring"></div>
      ${this.#isPerson ? this.#told() : nothing}
      ${note === undefined ? this.#foot("foot") : html`${this.#foot("foot under-note")}${this.#note(note)}`}
      ${
        this.member.presence === "connecting" && this.kind === "person"
          ? html`<div class="tag connecting">${strings.tile.connecting}</div>`
          : nothing
      }
    `;
  }

  get #isPerson(): boolean {
    return this.kind !== "screen";
  }

  #told(): TemplateResult {
    const { handOrder, reaction } = this.member;
    return html`
      ${
        handOrder === undefined
          ? nothing
          : html`<div class="hand" aria-hidden="true">${icon("hand")}<span class="numerals">${handOrder}</span></div>`
      }
      ${reaction === undefined ? nothing : html`<div class="emoji" aria-hidden="true">${reaction}</div>`}
    `;
  }

  #picture(track: MediaStreamTrack): TemplateResult {
    return html`<media-video
      .track=${track}
      fit=${this.kind === "screen" ? "contain" : "cover"}
      ?mirrored=${this.kind === "self"}
      label=${this.#label}
    ></media-video>`;
  }

  #foot(classes: string): TemplateResult {
    const name = this.member.displayName;
    return html`<div class=${classes} aria-hidden="true">
      <div class="tag">
        ${this.kind === "screen" ? icon("screen") : this.isMuted ? icon("micOff") : nothing}
        <span dir="auto"
          >${this.kind === "screen" ? this.#screenLabel : this.kind === "self" ? strings.you : name}</span
        >
        ${
          this.kind === "person" && this.member.decryption === "decrypting"
            ? html`<i class="trust">${icon("shield")}</i>`
            : nothing
        }
      </div>
    </div>`;
  }

  #note(note: TileNote): TemplateResult {
    return html`<button class="note" type="button" @click=${() => this.explain(note.explanation)}>
      ${icon("alert")}<span class="long" dir="auto">${note.text}</span>
      <span class="short" aria-hidden="true">${strings.call.standing(this.member)}</span>
      <b>${strings.tile.why}</b>
    </button>`;
  }

  get #label(): string {
    return this.kind === "screen" ? this.#screenLabel : strings.tile.label(this.member, this.isMuted);
  }

  get #screenLabel(): string {
    return this.member.isSelf ? strings.call.youShare : strings.call.sharing(this.member.displayName);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "call-tile": CallTile;
  }
}

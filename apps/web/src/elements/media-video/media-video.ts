import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";

/** Shows a video track. Never sounds. */
@customElement("media-video")
export class MediaVideo extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
    video {
      display: block;
      width: 100%;
      height: 100%;
      object-fit: cover;
    }
    :host([fit="contain"]) video {
      object-fit: contain;
    }
    :host([mirrored]) video {
      transform: scaleX(-1);
    }
  `;

  @property({ attribute: false }) track: MediaStreamTrack | undefined;
  @property({ reflect: true }) fit: "cover" | "contain" = "cover";
  @property({ type: Boolean, reflect: true }) mirrored = false;
  @property() label = "";
  @query("video") private readonly video!: HTMLVideoElement;

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("track")) return;
    this.video.srcObject = this.track === undefined ? null : new MediaStream([this.track]);
    // Muted videos may always play; a rejection only says that the track was replaced meanwhile.
    if (this.track !== undefined) this.video.play().catch(() => {});
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // A detached video keeps decoding until its source is gone.
    if (this.hasUpdated) this.video.srcObject = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.requestUpdate("track", null);
  }

  protected override render(): TemplateResult {
    return html`<video autoplay playsinline muted .muted=${true} aria-label=${this.label}></video>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "media-video": MediaVideo;
  }
}

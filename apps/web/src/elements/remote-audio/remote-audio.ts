import type { CallMember } from "@conclave/call";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

interface Sound {
  readonly sid: string;
  readonly memberId: string;
  readonly track: MediaStreamTrack;
}

/** Plays what the others send: one `<audio>` for each track. */
@customElement("remote-audio")
export class RemoteAudio extends LitElement {
  @property({ attribute: false }) members: readonly CallMember[] = [];
  /** Where to play; empty for the system's choice. */
  @property() speakerId = "";
  /** Told whether the browser refuses to play before a press. */
  @property({ attribute: false }) onBlocked: (isBlocked: boolean) => void = () => {};

  /** Tries again; call it from a press. */
  async resume(): Promise<void> {
    const plays = await Promise.allSettled([...this.#elements].map((audio) => audio.play()));
    this.onBlocked(plays.some(isRefused));
  }

  protected override render(): TemplateResult {
    return html`${repeat(
      this.#sounds,
      (sound) => sound.sid,
      (sound) =>
        html`<audio
          autoplay
          data-testid="remote-audio"
          data-member-id=${sound.memberId}
          data-sid=${sound.sid}
        ></audio>`,
    )}`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    for (const [index, sound] of this.#sounds.entries()) {
      const audio = this.#elements[index];
      if (audio === undefined) continue;
      if (changed.has("speakerId") && this.speakerId !== "" && "setSinkId" in audio)
        // A speaker that is gone: the system's choice goes on playing.
        audio.setSinkId(this.speakerId).catch(() => {});
      this.#play(audio, sound.track);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const audio of this.#elements) audio.srcObject = null;
  }

  #play(audio: HTMLAudioElement, track: MediaStreamTrack): void {
    const current = audio.srcObject instanceof MediaStream ? audio.srcObject.getAudioTracks()[0] : undefined;
    if (current === track) return;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((thrown: unknown) => {
      if (isNotAllowed(thrown)) this.onBlocked(true);
    });
  }

  get #elements(): readonly HTMLAudioElement[] {
    return [...this.renderRoot.querySelectorAll("audio")];
  }

  get #sounds(): readonly Sound[] {
    return this.members.flatMap((member) =>
      member.isSelf
        ? []
        : [member.microphone, member.screenAudio].flatMap((sound) =>
            sound?.track === undefined ? [] : [{ sid: sound.sid, memberId: member.id, track: sound.track }],
          ),
    );
  }
}

function isRefused(result: PromiseSettledResult<void>): boolean {
  return result.status === "rejected" && isNotAllowed(result.reason);
}

function isNotAllowed(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "NotAllowedError";
}

declare global {
  interface HTMLElementTagNameMap {
    "remote-audio": RemoteAudio;
  }
}

import type { Clock } from "@conclave/kit";

/** Key frames that one transform asks for at most. */
const KEY_FRAME_INTERVAL_MS = 1_000;

/** The part of `RTCRtpScriptTransformer` that asks for key frames; absent with encoded streams. */
export interface KeyFrameSource {
  generateKeyFrame(rid?: string): Promise<unknown>;
  sendKeyFrameRequest(): Promise<unknown>;
}

/**
 * Asks for a key frame when video can be used again after frames were dropped: a decoder can do nothing with the frames
 * that follow a gap.
 */
export class KeyFrameRequests {
  readonly #clock: Clock;
  readonly #ask: (() => Promise<unknown>) | undefined;
  #hasGap = false;
  #askedAtMs = -KEY_FRAME_INTERVAL_MS;

  constructor(clock: Clock, direction: "send" | "receive", source: KeyFrameSource | undefined) {
    this.#clock = clock;
    if (source === undefined) return;
    this.#ask = direction === "send" ? () => source.generateKeyFrame() : () => source.sendKeyFrameRequest();
  }

  dropped(): void {
    this.#hasGap = true;
  }

  passed(isKeyFrame: boolean): void {
    if (!this.#hasGap) return;
    if (isKeyFrame) {
      this.#hasGap = false;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#askedAtMs < KEY_FRAME_INTERVAL_MS) return;
    this.#askedAtMs = nowMs;
    // Refused while the transceiver is not in that direction; the decoder asks by itself later on.
    this.#ask?.().catch(() => {});
  }
}

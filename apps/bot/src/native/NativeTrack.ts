import { randomUUID } from "node:crypto";

import type { MediaKind } from "@conclave/frame-crypto";

/** Makes the pictures of a camera. */
export interface PictureFeed {
  readonly kind: "video";
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** The next picture, I420, planes without padding. Good until the next call. */
  next(): Uint8Array<ArrayBuffer>;
}

/** Makes the sound of a microphone. */
export interface SoundFeed {
  readonly kind: "audio";
  readonly sampleRate: number;
  readonly blockMs: number;
  /** The next `blockMs` of mono sound. Not to be modified. */
  next(): Int16Array<ArrayBuffer>;
}

export type MediaFeed = PictureFeed | SoundFeed;

/** What stands for a `MediaStreamTrack` in this tier. A local one has a feed; a remote one only says that it is there. */
export class NativeTrack {
  readonly id: string = randomUUID();
  readonly kind: MediaKind;
  readonly feed: MediaFeed | undefined;
  /** While it is not, nothing is captured. */
  enabled = true;
  #readyState: "live" | "ended" = "live";

  constructor(kind: MediaKind, feed?: MediaFeed) {
    this.kind = kind;
    this.feed = feed;
  }

  get readyState(): "live" | "ended" {
    return this.#readyState;
  }

  stop(): void {
    this.#readyState = "ended";
  }
}

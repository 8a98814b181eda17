import { BotTrack } from "../sfu/BotTrack.ts";

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

/** A track whose source makes what the library encodes. */
export class NativeTrack extends BotTrack<MediaFeed> {}

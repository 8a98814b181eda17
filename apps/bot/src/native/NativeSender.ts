import type { MediaKind } from "@conclave/frame-crypto";
import { Emitter, type Happening } from "@conclave/kit";

import type { EndNews, NativeEnd } from "./NativeEnd.ts";
import { KEY_RING_SIZE } from "./roomOptions.ts";

/** How a sender reaches the cryptor of its track. */
export interface SenderKeys {
  /** Sets a key of the own participant. */
  setKey(index: number, key: Uint8Array<ArrayBuffer>): void;
  /** Has the cryptor of a published track use a key. */
  useKey(trackSid: string, index: number): void;
}

/** The index that the library uses until it is told another one: with each new track, and after a reconnect. */
const DEFAULT_INDEX = 0;
/** Reports in between are not worth their cost. */
const FRAMES_PER_NEWS = 25;

/**
 * A track on its way out. It is open for frames only while the library's cryptor of it is known to use the key in use.
 *
 * The library falls back to index 0 whenever it publishes by itself. So index 0 always holds the key in use, and such a
 * frame can at worst not be read: a key that a leaver knows never comes back.
 */
export class NativeSender implements NativeEnd {
  readonly kind: MediaKind;
  readonly direction = "send";
  readonly news: Happening<EndNews>;
  readonly #news = new Emitter<EndNews>();
  readonly #library: SenderKeys;
  readonly #keys = new Map<number, Uint8Array<ArrayBuffer>>();
  #trackSid: string | undefined;
  #inUse: number | undefined;
  #isMuted: boolean;
  #passed = 0;

  constructor(kind: MediaKind, library: SenderKeys, isMuted: boolean) {
    this.kind = kind;
    this.news = this.#news;
    this.#library = library;
    this.#isMuted = isMuted;
  }

  /** Whether a frame may be captured now. */
  get isOpen(): boolean {
    return this.#trackSid !== undefined && this.#inUse !== undefined && !this.#isMuted;
  }

  setKey(index: number, key: Uint8Array<ArrayBuffer>): void {
    this.#keys.get(index)?.fill(0);
    this.#keys.set(index, key.slice());
    this.#library.setKey(index, key);
  }

  /** An index that the library does not have closes the sender until the next one. */
  useKey(index: number): void {
    this.#inUse = index < KEY_RING_SIZE ? index : undefined;
    if (this.#inUse === undefined) return;
    const key = this.#keys.get(index);
    if (key && index !== DEFAULT_INDEX) this.#library.setKey(DEFAULT_INDEX, key);
    this.#apply();
  }

  suspend(): void {
    this.#inUse = undefined;
  }

  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
  }

  /** The track is published under this sid, or again after a reconnect. */
  published(trackSid: string): void {
    this.#trackSid = trackSid;
    this.#apply();
  }

  end(): void {
    this.#trackSid = undefined;
    for (const key of this.#keys.values()) key.fill(0);
    this.#keys.clear();
  }

  notePassed(): void {
    this.#passed += 1;
    if (this.#passed % FRAMES_PER_NEWS === 1) this.#news.emit({ state: "ok", passed: this.#passed });
  }

  #apply(): void {
    if (this.#trackSid !== undefined && this.#inUse !== undefined) this.#library.useKey(this.#trackSid, this.#inUse);
  }
}

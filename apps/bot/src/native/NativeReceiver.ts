import type { TrackSource } from "@conclave/call";
import type { MediaKind } from "@conclave/frame-crypto";
import { type Clock, Emitter, type Happening } from "@conclave/kit";

import type { EndNews, EndState, NativeEnd } from "./NativeEnd.ts";
import { CRYPTOR_STATE } from "./nativeLibrary.ts";
import { kindOf } from "./sources.ts";

export interface ReceiverAbout {
  readonly identity: string;
  readonly source: TrackSource;
  readonly setKey: (index: number, key: Uint8Array<ArrayBuffer>) => void;
}

/** News of frames that pass come no more often. */
const NEWS_INTERVAL_MS = 500;

/** A track on its way in. The library decrypts or drops; what it decodes says that it could. */
export class NativeReceiver implements NativeEnd {
  readonly kind: MediaKind;
  readonly direction = "receive";
  readonly identity: string;
  readonly source: TrackSource;
  readonly news: Happening<EndNews>;
  /** Of the first key, ms since 1970. */
  firstKeyAtMs: number | undefined;
  readonly #news = new Emitter<EndNews>();
  readonly #clock: Clock;
  readonly #setKey: ReceiverAbout["setKey"];
  #state: EndState = "waiting";
  #passed = 0;
  #lastNewsAtMs = -Infinity;

  constructor(clock: Clock, { identity, source, setKey }: ReceiverAbout) {
    this.#clock = clock;
    this.#setKey = setKey;
    this.identity = identity;
    this.source = source;
    this.kind = kindOf(source);
    this.news = this.#news;
  }

  get state(): EndState {
    return this.#state;
  }

  setKey(index: number, key: Uint8Array<ArrayBuffer>): void {
    this.firstKeyAtMs ??= this.#clock.nowMs();
    this.#setKey(index, key);
  }

  useKey(): void {}

  suspend(): void {}

  /** @param state as the library says of one of the participant's cryptors */
  noteCryptor(state: number): void {
    if (state === CRYPTOR_STATE.missingKey) this.#tell("no_key");
    if (state === CRYPTOR_STATE.decryptionFailed) this.#tell("auth_failed");
  }

  /** Frames came out of the decoder that can only have come in decrypted. */
  noteDecoded(frames: number): void {
    this.#passed += frames;
    this.#tell("ok");
  }

  #tell(state: EndState): void {
    const nowMs = this.#clock.monotonicMs();
    if (state === this.#state && nowMs - this.#lastNewsAtMs < NEWS_INTERVAL_MS) return;
    this.#state = state;
    this.#lastNewsAtMs = nowMs;
    this.#news.emit({ state, passed: this.#passed });
  }
}

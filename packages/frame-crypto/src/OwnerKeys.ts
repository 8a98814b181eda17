import type { Clock } from "@conclave/kit";

import type { MaybePromise } from "./FrameCipher.ts";
import { FrameKey, type FrameKeyDeps } from "./FrameKey.ts";
import type { KnownKeys } from "./KnownKeys.ts";
import { TokenBucket } from "./TokenBucket.ts";

/** Frames a second for which a ratcheted key is tried, per owner. Beyond that a bad frame costs one decryption. */
const RATCHET_TRIES_PER_SECOND = 20;

export interface OwnerKeysDeps extends FrameKeyDeps {
  readonly clock: Clock;
  readonly known: KnownKeys;
  /** 256 as in Matrix calls; LiveKit's default is 16. Indices are taken modulo this. */
  readonly ringSize: number;
}

/** The key that frames are encrypted with now, and the index that names it. */
export interface SenderKeyInUse {
  readonly key: FrameKey;
  readonly index: number;
}

/** The ring of keys of one call member. */
export class OwnerKeys {
  readonly #deps: OwnerKeysDeps;
  readonly #ring: (FrameKey | Promise<FrameKey | undefined> | undefined)[];
  readonly #ratchetTries: TokenBucket;
  #senderIndex: number | undefined;

  constructor(deps: OwnerKeysDeps) {
    this.#deps = deps;
    this.#ring = Array.from({ length: deps.ringSize });
    this.#ratchetTries = new TokenBucket(deps.clock, RATCHET_TRIES_PER_SECOND);
  }

  /**
   * Puts a key into the ring. Frames that need it wait until it is derived.
   *
   * @param raw filled with zeros when done
   * @throws {FrameCryptoError} `invalid_key`; the index then has no key
   */
  async set(index: number, raw: Uint8Array<ArrayBuffer>): Promise<void> {
    const slot = index % this.#deps.ringSize;
    const making = this.#make(raw);
    const settled = making.catch(() => undefined);
    this.#ring[slot] = settled;
    const key = await settled;
    if (this.#ring[slot] === settled) this.#ring[slot] = key;
    await making;
  }

  /** The key that a frame names. */
  find(index: number): MaybePromise<FrameKey | undefined> {
    return this.#ring[index];
  }

  /** Encrypts with this index from the next frame on. */
  use(index: number): void {
    this.#senderIndex = index % this.#deps.ringSize;
  }

  /** Encrypts nothing until the next `use`. */
  suspend(): void {
    this.#senderIndex = undefined;
  }

  /** The key for the next frame; `undefined` if frames must be dropped. */
  async inUse(): Promise<SenderKeyInUse | undefined> {
    const index = this.#senderIndex;
    const found = index === undefined ? undefined : this.#ring[index];
    const key = found instanceof Promise ? await found : found;
    // It may have been suspended, or another index chosen, while the key was being derived.
    if (index === undefined || key === undefined || !this.isInUse({ index, key })) return undefined;
    return { index, key };
  }

  /** False as soon as another key has taken its place or the sender is suspended. */
  isInUse(sender: SenderKeyInUse): boolean {
    return this.#senderIndex === sender.index && this.#ring[sender.index] === sender.key;
  }

  /** Keys to try after `failed`, if its sender has not had too many tries lately. */
  ratchetCandidates(failed: FrameKey): readonly FrameKey[] {
    return this.#ratchetTries.take() ? failed.stepsAhead() : [];
  }

  /** Replaces a key by a later step of its ratchet that has just proved right. */
  adopt(index: number, old: FrameKey, next: FrameKey): void {
    if (this.#ring[index] === old) this.#ring[index] = next;
  }

  async #make(raw: Uint8Array<ArrayBuffer>): Promise<FrameKey> {
    try {
      return this.#deps.known.share(await FrameKey.create(raw, this.#deps));
    } finally {
      raw.fill(0);
    }
  }
}

import type { Clock } from "@conclave/kit";

import type { AesKeyBits, MaybePromise } from "./FrameCipher.ts";
import { FrameKey, type FrameKeyDeps, RETIREMENT_MS } from "./FrameKey.ts";
import { TokenBucket } from "./TokenBucket.ts";

/** Frames a second for which a ratcheted key is tried, per owner. Beyond that a bad frame costs one decryption. */
const RATCHET_TRIES_PER_SECOND = 20;

export interface OwnerKeysDeps extends FrameKeyDeps {
  readonly clock: Clock;
  /** 256 as in Matrix calls; LiveKit's default is 16. Indices are taken modulo this. */
  readonly ringSize: number;
}

/** The key that frames are encrypted with now, and the index that names it. */
export interface SenderKeyInUse {
  readonly key: FrameKey;
  readonly index: number;
}

/** A key that has been replaced by a later step of its own ratchet. */
interface Replaced {
  readonly key: FrameKey;
  readonly untilMs: number;
}

/** The ring of keys of one call member. */
export class OwnerKeys {
  readonly #deps: OwnerKeysDeps;
  readonly #ring: (FrameKey | Promise<FrameKey | undefined> | undefined)[];
  /** Keys set so far, when each slot was last set; with the index it tells which of two keys came later. */
  readonly #setCounts: Uint32Array;
  /** Slots whose key has authenticated a frame. */
  readonly #isUsed: Uint8Array;
  readonly #replaced = new Map<number, Replaced>();
  readonly #ratchetTries: TokenBucket;
  #sets = 0;
  #senderIndex: number | undefined;

  constructor(deps: OwnerKeysDeps) {
    this.#deps = deps;
    this.#ring = Array.from({ length: deps.ringSize });
    this.#setCounts = new Uint32Array(deps.ringSize);
    this.#isUsed = new Uint8Array(deps.ringSize);
    this.#ratchetTries = new TokenBucket(deps.clock, RATCHET_TRIES_PER_SECOND);
  }

  /**
   * Puts a key into the ring. Frames that need it wait until it is derived.
   *
   * @param raw filled with zeros when done
   * @param keyBits of the AES key; 128 if not given
   * @throws {FrameCryptoError} `invalid_key`; the index then has no key
   */
  set(index: number, raw: Uint8Array<ArrayBuffer>, keyBits?: AesKeyBits): Promise<void> {
    return this.put(index, this.#make(raw, keyBits));
  }

  /** Puts a key into the ring that is being made elsewhere. Rejects as `making` does; the index then has no key. */
  async put(index: number, making: Promise<FrameKey>): Promise<void> {
    const slot = index % this.#deps.ringSize;
    this.#setCounts[slot] = this.#sets += 1;
    this.#isUsed[slot] = 0;
    this.#replaced.delete(slot);
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
  inUse(): MaybePromise<SenderKeyInUse | undefined> {
    const index = this.#senderIndex;
    const found = index === undefined ? undefined : this.#ring[index];
    if (index === undefined || found === undefined) return undefined;
    if (!(found instanceof Promise)) return { index, key: found };
    // It may have been suspended, or another index chosen, while the key was being derived.
    return found.then((key) => (key !== undefined && this.isInUse({ index, key }) ? { index, key } : undefined));
  }

  /** False as soon as another key has taken its place or the sender is suspended. */
  isInUse(sender: SenderKeyInUse): boolean {
    return this.#senderIndex === sender.index && this.#ring[sender.index] === sender.key;
  }

  /**
   * An authentic frame came with the key at `index`: keys that it follows, by index and by when they came, retire.
   * Both, because keys may come out of order, and indices may be chosen freely.
   */
  noteUse(index: number, nowMs: number): void {
    if (this.#isUsed[index] === 1) return;
    this.#isUsed[index] = 1;
    for (const [slot, key] of this.#ring.entries()) {
      if (key instanceof FrameKey && slot !== index && this.#follows(index, slot)) key.retire(nowMs);
    }
  }

  /**
   * Keys to try after the one at `index` has failed, if its sender has not had too many tries lately: the one before it
   * on its ratchet while late frames are under way, then those after it.
   */
  candidates(index: number, failed: FrameKey, nowMs: number): readonly FrameKey[] {
    if (!this.#ratchetTries.take()) return [];
    const replaced = this.#replaced.get(index);
    const ahead = failed.stepsAhead();
    return replaced === undefined || nowMs >= replaced.untilMs ? ahead : [replaced.key, ...ahead];
  }

  /** A candidate has proved right. A later step of the ratchet takes the place of `old`. */
  adopt(index: number, old: FrameKey, proved: FrameKey, nowMs: number): void {
    if (this.#ring[index] !== old || this.#replaced.get(index)?.key === proved) return;
    this.#ring[index] = proved;
    this.#replaced.set(index, { key: old, untilMs: nowMs + RETIREMENT_MS });
  }

  #follows(index: number, earlier: number): boolean {
    const { ringSize } = this.#deps;
    const stepsBetween = (index - earlier + ringSize) % ringSize;
    return stepsBetween < ringSize / 2 && (this.#setCounts[earlier] ?? 0) < (this.#setCounts[index] ?? 0);
  }

  async #make(raw: Uint8Array<ArrayBuffer>, keyBits?: AesKeyBits): Promise<FrameKey> {
    try {
      return await FrameKey.create(raw, this.#deps, keyBits);
    } finally {
      raw.fill(0);
    }
  }
}

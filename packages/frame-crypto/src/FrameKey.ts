import {
  type DerivationOptions,
  type DerivedKey,
  deriveFrameKey,
  derivePasswordKey,
  ratchetFrameKey,
} from "./deriveFrameKey.ts";
import type { FrameCipher, ImportMaterial } from "./FrameCipher.ts";
import { IvSequence } from "./IvSequence.ts";
import { PacketMemory } from "./PacketMemory.ts";
import { StreamGuard } from "./StreamGuard.ts";

/** Steps that a sender may be ahead of us on the hash ratchet. */
export const MAX_RATCHET_STEPS = 2;
/** A key decrypts for this long after frames with its successor have come: late ones are under way, old ones are not. */
export const RETIREMENT_MS = 10_000;

export interface FrameKeyDeps {
  readonly randomUint32: () => number;
  /** WebCrypto's if not given. */
  readonly importMaterial?: ImportMaterial | undefined;
  /** Gives the object that stands for a key equal to this one. */
  readonly share?: ((key: FrameKey) => FrameKey) | undefined;
}

/**
 * One sender key at work, with all that must be remembered for as long as it is in use: which IVs it has been used with,
 * and which frames have been seen. Equal keys must share one object.
 */
export class FrameKey {
  readonly cipher: FrameCipher;
  readonly streams: StreamGuard = new StreamGuard();
  readonly #derived: DerivedKey;
  readonly #deps: FrameKeyDeps;
  #ahead: readonly FrameKey[] | undefined;
  #isLookingAhead = false;
  #ivs: IvSequence | undefined;
  #packets: PacketMemory | undefined;
  #retiresAtMs = Number.POSITIVE_INFINITY;

  private constructor(derived: DerivedKey, deps: FrameKeyDeps) {
    this.#derived = derived;
    this.#deps = deps;
    this.cipher = derived.cipher;
  }

  /** @throws {FrameCryptoError} `invalid_key` */
  static async create(
    raw: Uint8Array<ArrayBuffer>,
    deps: FrameKeyDeps,
    keyBits?: DerivationOptions["keyBits"],
  ): Promise<FrameKey> {
    const made = new FrameKey(await deriveFrameKey(raw, { importMaterial: deps.importMaterial, keyBits }), deps);
    return deps.share?.(made) ?? made;
  }

  /** A key that all members have from a password; it has no ratchet. @throws {FrameCryptoError} `invalid_key` */
  static async fromPassword(password: Uint8Array<ArrayBuffer>, deps: FrameKeyDeps): Promise<FrameKey> {
    const made = new FrameKey(await derivePasswordKey(password), deps);
    made.#ahead = [];
    made.#isLookingAhead = true;
    return deps.share?.(made) ?? made;
  }

  /** Begun when the key first encrypts: most keys only ever decrypt. */
  get ivs(): IvSequence {
    return (this.#ivs ??= new IvSequence(this.#deps.randomUint32()));
  }

  /** Begun with the first data packet. */
  get packets(): PacketMemory {
    return (this.#packets ??= new PacketMemory());
  }

  /** Equal for equal keys. Says nothing about the key, but names it: not to be logged either. */
  get fingerprint(): string {
    return this.#derived.fingerprint;
  }

  /** Its sender has gone on to another key: from `RETIREMENT_MS` later on, nothing with this one is believed. */
  retire(nowMs: number): void {
    this.#retiresAtMs = Math.min(this.#retiresAtMs, nowMs + RETIREMENT_MS);
  }

  isRetired(nowMs: number): boolean {
    return nowMs >= this.#retiresAtMs;
  }

  /**
   * The next steps of the ratchet, nearest first. None on the first call: they are derived beside the path of frames, and
   * once only.
   */
  stepsAhead(): readonly FrameKey[] {
    if (!this.#isLookingAhead) {
      this.#isLookingAhead = true;
      void this.lookAhead();
    }
    return this.#ahead ?? [];
  }

  /** Derives what `stepsAhead` gives. */
  async lookAhead(): Promise<void> {
    this.#isLookingAhead = true;
    const steps: FrameKey[] = [];
    let derived = this.#derived;
    for (let step = 0; step < MAX_RATCHET_STEPS; step += 1) {
      derived = await ratchetFrameKey(derived, this.#deps.importMaterial);
      const next = new FrameKey(derived, this.#deps);
      steps.push(this.#deps.share?.(next) ?? next);
    }
    this.#ahead = steps;
  }
}

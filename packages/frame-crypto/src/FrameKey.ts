import { type DerivedKey, deriveFrameKey, ratchetFrameKey } from "./deriveFrameKey.ts";
import type { FrameCipher, ImportMaterial } from "./FrameCipher.ts";
import { IvSequence } from "./IvSequence.ts";
import { StreamGuard } from "./StreamGuard.ts";

/** Steps that a sender may be ahead of us on the hash ratchet. */
export const MAX_RATCHET_STEPS = 2;

export interface FrameKeyDeps {
  readonly randomUint32: () => number;
  /** WebCrypto's if not given. */
  readonly importMaterial?: ImportMaterial | undefined;
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

  private constructor(derived: DerivedKey, deps: FrameKeyDeps) {
    this.#derived = derived;
    this.#deps = deps;
    this.cipher = derived.cipher;
  }

  /** @throws {FrameCryptoError} `invalid_key` */
  static async create(raw: Uint8Array<ArrayBuffer>, deps: FrameKeyDeps): Promise<FrameKey> {
    return new FrameKey(await deriveFrameKey(raw, deps.importMaterial), deps);
  }

  /** Begun when the key first encrypts: most keys only ever decrypt. */
  get ivs(): IvSequence {
    return (this.#ivs ??= new IvSequence(this.#deps.randomUint32()));
  }

  /** Equal for equal keys. Says nothing about the key, but names it: not to be logged either. */
  get fingerprint(): string {
    return this.#derived.fingerprint;
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
      steps.push(new FrameKey(derived, this.#deps));
    }
    this.#ahead = steps;
  }
}

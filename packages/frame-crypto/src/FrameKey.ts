import { type DerivedKey, deriveFrameKey, ratchetFrameKey } from "./deriveFrameKey.ts";
import { IvSequence } from "./IvSequence.ts";
import { StreamGuard } from "./StreamGuard.ts";

/** Steps that a sender may be ahead of us on the hash ratchet. */
export const MAX_RATCHET_STEPS = 2;

/**
 * One sender key at work, with all that must be remembered for as long as it is in use: which IVs it has been used with,
 * and which frames have been seen. Equal keys must share one object.
 */
export class FrameKey {
  readonly ivs: IvSequence;
  readonly streams: StreamGuard = new StreamGuard();
  readonly #derived: DerivedKey;
  readonly #randomUint32: () => number;
  #ahead: readonly FrameKey[] | undefined;
  #isLookingAhead = false;

  private constructor(derived: DerivedKey, randomUint32: () => number) {
    this.#derived = derived;
    this.#randomUint32 = randomUint32;
    this.ivs = new IvSequence(randomUint32());
  }

  /** @throws {FrameCryptoError} `invalid_key` */
  static async create(raw: Uint8Array<ArrayBuffer>, randomUint32: () => number): Promise<FrameKey> {
    return new FrameKey(await deriveFrameKey(raw), randomUint32);
  }

  get aes(): CryptoKey {
    return this.#derived.aes;
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
      derived = await ratchetFrameKey(derived);
      steps.push(new FrameKey(derived, this.#randomUint32));
    }
    this.#ahead = steps;
  }
}

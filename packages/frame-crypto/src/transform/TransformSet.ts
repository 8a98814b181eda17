import type { CancelTimer, Clock } from "@conclave/kit";

import type { ImportMaterial } from "../FrameCipher.ts";
import { FrameKeyStore } from "../FrameKeyStore.ts";
import type { TransformReport } from "../outcome.ts";
import { type FrameReader, FrameTransform, type FrameTransformDeps, type KeyFrameSource } from "./FrameTransform.ts";
import type { TransformSetup } from "./TransformSetup.ts";

/** Counts are reported this often. */
export const REPORT_INTERVAL_MS = 500;

export interface TransformSetDeps<F> {
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly randomUint32: () => number;
  /** WebCrypto's if not given. */
  readonly importMaterial?: ImportMaterial;
  readonly frames: FrameReader<F>;
  readonly policy: () => "required" | "off";
  /** At most twice a second for each transform, and at once when its state changes. */
  readonly report: (report: TransformReport) => void;
  /** Asks for a key frame of a sender. */
  readonly needKeyFrame: (transformId: string) => void;
}

/**
 * All transforms of a call around one set of keys. Whoever has frames, a worker or a host in Node, opens a transform for
 * each track. One timer serves them all, and runs only while one of them has something to say; transforms that have
 * nothing to say are not held.
 */
export class TransformSet<F> {
  readonly keys: FrameKeyStore;
  readonly #clock: Clock;
  readonly #transformDeps: FrameTransformDeps<F>;
  readonly #awake = new Set<FrameTransform<F>>();
  #cancelTick: CancelTimer | undefined;
  #isClosed = false;

  constructor(deps: TransformSetDeps<F>) {
    const { clock, frames, policy, report, needKeyFrame } = deps;
    this.#clock = clock;
    this.keys = new FrameKeyStore(deps);
    const wake = (transform: FrameTransform<F>): void => this.#wake(transform);
    this.#transformDeps = { clock, keys: this.keys, frames, policy, report, needKeyFrame, wake };
  }

  /** Starts to serve a track. */
  open(setup: TransformSetup, keyFrames?: KeyFrameSource): FrameTransform<F> {
    return new FrameTransform(this.#transformDeps, setup, keyFrames);
  }

  /** The track has ended: reports for the last time. */
  end(transform: FrameTransform<F>): void {
    transform.tick();
    this.#awake.delete(transform);
  }

  /** Drops all keys and reports no more. Frames are dropped from now on, unless the policy is `off`. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTick?.();
    this.#awake.clear();
    this.keys.forgetAll();
  }

  #wake(transform: FrameTransform<F>): void {
    if (this.#isClosed) return;
    this.#awake.add(transform);
    this.#cancelTick ??= this.#clock.after(REPORT_INTERVAL_MS, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTick = undefined;
    for (const transform of this.#awake) if (!transform.tick()) this.#awake.delete(transform);
    if (this.#awake.size > 0) this.#cancelTick ??= this.#clock.after(REPORT_INTERVAL_MS, () => this.#tick());
  }
}

import type { Clock } from "@conclave/kit";

import { decryptFrame, type DecryptResult } from "../decryptFrame.ts";
import { encryptFrame, type EncryptResult, type OutgoingFrame } from "../encryptFrame.ts";
import type { MaybePromise } from "../FrameCipher.ts";
import type { FrameKeyStore } from "../FrameKeyStore.ts";
import type { DecryptOutcome, EncryptOutcome, FrameAlarm, TransformReport } from "../outcome.ts";
import { TransformStats } from "../stats.ts";
import type { FrameShape } from "../clearRanges/findClearRange.ts";
import { KeyFrameRequests } from "./KeyFrameRequests.ts";
import { KeyPatience } from "./KeyPatience.ts";
import type { TransformSetup } from "./TransformSetup.ts";

/** A frame that meets more changes of the key than this is dropped. */
const MAX_KEY_CHANGES_PER_FRAME = 3;

type Bytes = Uint8Array<ArrayBuffer>;

/** How a host's frames are looked into. What it throws costs the frame. */
export interface FrameReader<F> {
  /** Encoded media, or an encrypted frame. Not modified. */
  bytesOf(frame: F): Bytes;
  shapeOf(frame: F, setup: TransformSetup): OutgoingFrame;
}

/** What became of a frame, and the bytes that may go on. */
export type TransformResult =
  | {
      readonly outcome: "encrypted" | "decrypted";
      /** In a buffer of their own. */
      readonly bytes: Bytes;
    }
  | {
      /** Goes on as it is. */
      readonly outcome: "empty" | "passthrough";
      readonly bytes: Bytes;
    }
  | {
      readonly outcome: Exclude<EncryptOutcome | DecryptOutcome, "encrypted" | "decrypted" | "empty" | "passthrough">;
      readonly bytes?: undefined;
    };

export interface FrameTransformDeps<F> {
  readonly clock: Clock;
  readonly keys: FrameKeyStore;
  readonly frames: FrameReader<F>;
  readonly policy: () => "required" | "off";
  readonly report: (report: TransformReport) => void;
  /** Asks for a key frame of a sender. */
  readonly needKeyFrame: (transformId: string) => void;
  /** Has `tick` called twice a second until it returns false. */
  readonly wake: (transform: FrameTransform<F>) => void;
}

/** The part of `RTCRtpScriptTransformer` that asks the other side for key frames; absent with encoded streams. */
export interface KeyFrameSource {
  sendKeyFrameRequest?(): Promise<unknown>;
}

/** Encrypts or decrypts the frames of one track, and reports what became of them. */
export class FrameTransform<F> {
  readonly #deps: FrameTransformDeps<F>;
  readonly #keyFrames: KeyFrameRequests;
  readonly #keyFrameSource: KeyFrameSource | undefined;
  readonly #patience: KeyPatience;
  #setup: TransformSetup;
  #stats: TransformStats;
  #reportedState: TransformReport["state"] = "waiting";
  #reportedAlarm: FrameAlarm | undefined;
  #hasNews = true;
  #isAwake = false;
  #tracksServed = 1;
  #trackId: string;

  constructor(deps: FrameTransformDeps<F>, setup: TransformSetup, source?: KeyFrameSource) {
    this.#deps = deps;
    this.#setup = setup;
    this.#stats = new TransformStats(setup.direction);
    this.#trackId = `${setup.transformId}/1`;
    this.#keyFrameSource = source;
    this.#keyFrames = new KeyFrameRequests(deps.clock, () => this.#askForKeyFrame());
    this.#patience = new KeyPatience(deps.clock, deps.keys);
    this.#wake();
  }

  /** Serves another track from now on, whose counts start again; or the same one, of which more is known. */
  retarget(setup: TransformSetup): void {
    const isSameTrack = setup.ownerId === this.#setup.ownerId && setup.kind === this.#setup.kind;
    this.#setup = { ...setup, direction: this.#setup.direction };
    if (isSameTrack) return;
    this.#stats = new TransformStats(this.#setup.direction);
    this.#tracksServed += 1;
    // What was seen on the track before belongs to that track.
    this.#trackId = `${setup.transformId}/${this.#tracksServed}`;
    this.#reportedState = "waiting";
    this.#reportedAlarm = undefined;
    this.#hasNews = true;
    this.#wake();
  }

  /**
   * Lets one frame through or says why not. Frames come in the order of the track; video may wait for its key, and those
   * behind it are not to be handed on before it. A fault costs the frame, never the track: does not reject.
   */
  async transformFrame(frame: F): Promise<TransformResult> {
    const isSender = this.#setup.direction === "send";
    let result: TransformResult;
    try {
      result = isSender ? await this.#encrypt(frame) : await this.#decrypt(frame);
    } catch {
      result = { outcome: isSender ? "dropped_fault" : "malformed" };
    }
    this.#note(result.outcome);
    return result;
  }

  /**
   * Reports counts that have changed and states that time has changed.
   *
   * @returns whether time alone can change anything more
   */
  tick(): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    const state = this.#stats.state(nowMs);
    if (this.#hasNews || this.#isNew(state, this.#stats.alarm(nowMs))) this.#report(state, nowMs);
    const isFading = this.#reportedAlarm !== undefined || this.#hasNews || this.#stats.holding.isHolding;
    this.#isAwake = isFading || state === "ok" || state === "no_key" || state === "auth_failed";
    return this.#isAwake;
  }

  #note(outcome: EncryptOutcome | DecryptOutcome): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#stats.count(outcome, nowMs);
    this.#hasNews = true;
    if (!this.#isAwake) this.#wake();
    const state = this.#stats.state(nowMs);
    if (this.#isNew(state, this.#stats.alarm(nowMs))) this.#report(state, nowMs);
  }

  #isNew(state: TransformReport["state"], alarm: FrameAlarm | undefined): boolean {
    return state !== this.#reportedState || alarm !== this.#reportedAlarm;
  }

  #wake(): void {
    this.#isAwake = true;
    this.#deps.wake(this);
  }

  async #encrypt(frame: F): Promise<TransformResult> {
    const shape = this.#deps.frames.shapeOf(frame, this.#setup);
    const plain = this.#deps.frames.bytesOf(frame);
    const result = await this.#encryptWithPresentKey(plain, shape, 1);
    if (result.outcome === "empty") return { outcome: "empty", bytes: plain };
    if (result.outcome !== "encrypted") {
      this.#keyFrames.dropped();
      return { outcome: result.outcome };
    }
    this.#keyFrames.passed(shape.isKeyFrame);
    return { outcome: "encrypted", bytes: result.frame };
  }

  /** If the key is replaced while it is at work, somebody who left may know it: the frame is encrypted anew. */
  #encryptWithPresentKey(plain: Bytes, shape: OutgoingFrame, attempt: number): MaybePromise<EncryptResult> {
    if (attempt > MAX_KEY_CHANGES_PER_FRAME) return { outcome: "dropped_no_key" };
    const keys = this.#deps.keys.owner(this.#setup.ownerId);
    const found = keys?.inUse();
    if (found instanceof Promise) return found.then(() => this.#encryptWithPresentKey(plain, shape, attempt + 1));
    const result = encryptFrame(plain, shape, found);
    if (!(result instanceof Promise) || found === undefined) return result;
    return result.then((done) =>
      keys?.isInUse(found) ? done : this.#encryptWithPresentKey(plain, shape, attempt + 1),
    );
  }

  async #decrypt(frame: F): Promise<TransformResult> {
    const received = this.#deps.frames.bytesOf(frame);
    if (this.#deps.policy() === "off") return { outcome: "passthrough", bytes: received };
    const shape = this.#deps.frames.shapeOf(frame, this.#setup);
    let result = await this.#decryptNow(received, shape);
    if (result.outcome === "missing_key" && (await this.#hold(received))) {
      result = await this.#decryptNow(received, shape);
    }
    if (result.outcome === "empty") return { outcome: "empty", bytes: received };
    if (result.outcome !== "decrypted") {
      this.#keyFrames.dropped();
      return { outcome: result.outcome };
    }
    this.#patience.restore();
    this.#keyFrames.passed(shape.isKeyFrame);
    return { outcome: "decrypted", bytes: result.frame };
  }

  #decryptNow(received: Bytes, { kind, codec, isKeyFrame }: FrameShape): MaybePromise<DecryptResult> {
    const about = { kind, codec, isKeyFrame, trackId: this.#trackId, nowMs: this.#deps.clock.monotonicMs() };
    return decryptFrame(received, about, this.#deps.keys.owner(this.#setup.ownerId));
  }

  async #hold(received: Bytes): Promise<boolean> {
    const waiting = this.#awaitKey(received);
    if (waiting === false) return false;
    const { holding } = this.#stats;
    holding.hold(this.#deps.clock.monotonicMs());
    if (!this.#isAwake) this.#wake();
    try {
      return await waiting;
    } finally {
      holding.release();
    }
  }

  /** Late sound is worse than none, so only video waits for its key. */
  #awaitKey(received: Bytes): Promise<boolean> | false {
    const index = received.at(-1);
    if (this.#setup.kind !== "video" || index === undefined) return false;
    return this.#patience.awaitKey(this.#setup.ownerId, index);
  }

  #askForKeyFrame(): void {
    if (this.#setup.kind !== "video") return;
    if (this.#setup.direction === "send") this.#deps.needKeyFrame(this.#setup.transformId);
    // Refused when the track is about to end; the decoder asks by itself later on.
    else this.#keyFrameSource?.sendKeyFrameRequest?.().catch(() => {});
  }

  #report(state: TransformReport["state"], nowMs: number): void {
    const { transformId, ownerId, kind, direction } = this.#setup;
    const alarm = this.#stats.alarm(nowMs);
    this.#hasNews = false;
    this.#reportedState = state;
    this.#reportedAlarm = alarm;
    const report = { transformId, ownerId, kind, direction, counts: this.#stats.counts(), state };
    this.#deps.report(alarm === undefined ? report : { ...report, alarm });
  }
}

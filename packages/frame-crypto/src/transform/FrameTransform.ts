import type { Clock } from "@conclave/kit";

import { decryptFrame, type DecryptResult, type IncomingFrame } from "../decryptFrame.ts";
import { encryptFrame, type EncryptResult, type OutgoingFrame } from "../encryptFrame.ts";
import type { FrameKeyStore } from "../FrameKeyStore.ts";
import type { DecryptOutcome, EncryptOutcome, TransformReport } from "../outcome.ts";
import { TransformStats } from "../stats.ts";
import { shapeOf } from "../worker/frameShape.ts";
import { KeyFrameRequests } from "./KeyFrameRequests.ts";
import { KeyPatience } from "./KeyPatience.ts";
import type { FrameShape } from "../clearRanges/findClearRange.ts";
import type { EncodedFrame, TransformSetup } from "../worker/messages.ts";

/** A frame that meets more changes of the key than this is dropped. */
const MAX_KEY_CHANGES_PER_FRAME = 3;

export interface FrameTransformDeps {
  readonly clock: Clock;
  readonly keys: FrameKeyStore;
  readonly policy: () => "required" | "off";
  readonly report: (report: TransformReport) => void;
  /** Asks the page for a key frame of a sender. */
  readonly needKeyFrame: (transformId: string) => void;
}

/** The part of `RTCRtpScriptTransformer` that asks the other side for key frames; absent with encoded streams. */
export interface KeyFrameSource {
  sendKeyFrameRequest?(): Promise<unknown>;
}

/** Encrypts or decrypts the frames of one track, one after the other, and reports what became of them. */
export class FrameTransform {
  readonly #deps: FrameTransformDeps;
  readonly #keyFrames: KeyFrameRequests;
  readonly #keyFrameSource: KeyFrameSource | undefined;
  readonly #patience: KeyPatience;
  #setup: TransformSetup;
  #stats: TransformStats;
  #reportedState: TransformReport["state"] = "waiting";
  #hasNews = true;
  #tracksServed = 1;

  constructor(deps: FrameTransformDeps, setup: TransformSetup, source: KeyFrameSource | undefined) {
    this.#deps = deps;
    this.#setup = setup;
    this.#stats = new TransformStats(setup.direction);
    this.#keyFrameSource = source;
    this.#keyFrames = new KeyFrameRequests(deps.clock, () => this.#askForKeyFrame());
    this.#patience = new KeyPatience(deps.clock, deps.keys);
  }

  /** Serves another track from now on, whose counts start again; or the same one, of which more is known. */
  retarget(setup: TransformSetup): void {
    const isSameTrack = setup.ownerId === this.#setup.ownerId && setup.kind === this.#setup.kind;
    this.#setup = { ...setup, direction: this.#setup.direction };
    if (isSameTrack) return;
    this.#stats = new TransformStats(this.#setup.direction);
    this.#tracksServed += 1;
    this.#reportedState = "waiting";
    this.#hasNews = true;
  }

  /** Runs until the track ends; never rejects. */
  async run(readable: ReadableStream<EncodedFrame>, writable: WritableStream<EncodedFrame>): Promise<void> {
    const step = new TransformStream<EncodedFrame, EncodedFrame>({
      transform: async (frame, controller) => {
        if (await this.#process(frame)) controller.enqueue(frame);
      },
    });
    // A pipe ends with a fault whenever a track ends in the midst of a frame; no frame passes after that.
    await readable
      .pipeThrough(step)
      .pipeTo(writable)
      .catch(() => {});
  }

  /** Called twice a second: reports counts that have changed and states that time has changed. */
  tick(): void {
    this.#noteState();
    if (this.#hasNews) this.#report();
  }

  async #process(frame: EncodedFrame): Promise<boolean> {
    const outcome = await this.#transform(frame);
    this.#stats.count(outcome, this.#deps.clock.monotonicMs());
    this.#hasNews = true;
    this.#noteState();
    return outcome === "encrypted" || outcome === "decrypted" || outcome === "empty" || outcome === "passthrough";
  }

  /** A fault costs the frame, never the pipe: a broken pipe would silence the track for good. */
  async #transform(frame: EncodedFrame): Promise<EncryptOutcome | DecryptOutcome> {
    const isSender = this.#setup.direction === "send";
    try {
      return isSender ? await this.#encrypt(frame) : await this.#decrypt(frame);
    } catch {
      return isSender ? "dropped_fault" : "malformed";
    }
  }

  async #encrypt(frame: EncodedFrame): Promise<EncryptOutcome> {
    const shape = shapeOf(frame, this.#setup);
    const result = await this.#encryptWithPresentKey(new Uint8Array(frame.data), shape);
    if (result.outcome !== "encrypted") {
      if (result.outcome !== "empty") this.#keyFrames.dropped();
      return result.outcome;
    }
    this.#keyFrames.passed(shape.isKeyFrame);
    frame.data = result.frame.buffer;
    return "encrypted";
  }

  /** If the key is replaced while it is at work, somebody who left may know it: the frame is encrypted anew. */
  async #encryptWithPresentKey(plain: Uint8Array<ArrayBuffer>, shape: OutgoingFrame): Promise<EncryptResult> {
    for (let attempt = 0; attempt < MAX_KEY_CHANGES_PER_FRAME; attempt += 1) {
      const keys = this.#deps.keys.owner(this.#setup.ownerId);
      const sender = await keys?.inUse();
      const result = await encryptFrame(plain, shape, sender);
      if (sender === undefined || keys?.isInUse(sender)) return result;
    }
    return { outcome: "dropped_no_key" };
  }

  async #decrypt(frame: EncodedFrame): Promise<DecryptOutcome> {
    if (this.#deps.policy() === "off") return "passthrough";
    const shape = shapeOf(frame, this.#setup);
    const result = await this.#decryptWithKey(new Uint8Array(frame.data), shape);
    if (result.outcome !== "decrypted") {
      if (result.outcome !== "empty") this.#keyFrames.dropped();
      return result.outcome;
    }
    this.#patience.restore();
    this.#keyFrames.passed(shape.isKeyFrame);
    frame.data = result.frame.buffer;
    return "decrypted";
  }

  /** Late sound is worse than none, so only video waits for its key. */
  async #decryptWithKey(received: Uint8Array<ArrayBuffer>, shape: FrameShape): Promise<DecryptResult> {
    const { ownerId, kind, transformId } = this.#setup;
    // What was seen on the track before belongs to that track.
    const trackId = `${transformId}/${this.#tracksServed}`;
    const attempt = (): Promise<DecryptResult> => {
      const about: IncomingFrame = { ...shape, trackId, nowMs: this.#deps.clock.monotonicMs() };
      return decryptFrame(received, about, this.#deps.keys.owner(ownerId));
    };
    const result = await attempt();
    const index = received.at(-1);
    if (result.outcome !== "missing_key" || kind !== "video" || index === undefined) return result;
    return (await this.#patience.awaitKey(ownerId, index)) ? attempt() : result;
  }

  #askForKeyFrame(): void {
    if (this.#setup.kind !== "video") return;
    if (this.#setup.direction === "send") this.#deps.needKeyFrame(this.#setup.transformId);
    // Refused when the track is about to end; the decoder asks by itself later on.
    else this.#keyFrameSource?.sendKeyFrameRequest?.().catch(() => {});
  }

  #noteState(): void {
    if (this.#stats.state(this.#deps.clock.monotonicMs()) !== this.#reportedState) this.#report();
  }

  #report(): void {
    const { transformId, ownerId, kind, direction } = this.#setup;
    const state = this.#stats.state(this.#deps.clock.monotonicMs());
    this.#hasNews = false;
    this.#reportedState = state;
    this.#deps.report({ transformId, ownerId, kind, direction, counts: this.#stats.counts(), state });
  }
}

import type { Clock } from "@conclave/kit";

import { FrameCryptoError } from "../errors.ts";
import { FrameKeyStore } from "../FrameKeyStore.ts";
import { FrameTransform, type FrameTransformDeps, type KeyFrameSource } from "../transform/FrameTransform.ts";
import type { EncodedFrame, FromWorker, ToWorker, TransformSetup } from "./messages.ts";

/** Counts are reported this often. */
export const REPORT_INTERVAL_MS = 500;

export interface EngineDeps {
  readonly clock: Clock;
  readonly randomUint32: () => number;
  readonly send: (message: FromWorker) => void;
}

/** The two ends of a track inside the worker. */
export interface TransformPipe {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  readonly keyFrames?: KeyFrameSource;
}

/** All that lives in the worker: one ring of keys for all transforms of a call. */
export class FrameCryptoEngine {
  readonly #deps: EngineDeps;
  readonly #keys: FrameKeyStore;
  readonly #transforms = new Map<string, FrameTransform>();
  readonly #transformDeps: FrameTransformDeps;
  #policy: "required" | "off" = "required";
  #isTicking = false;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#keys = new FrameKeyStore(deps);
    this.#transformDeps = {
      clock: deps.clock,
      keys: this.#keys,
      policy: () => this.#policy,
      report: (report) => deps.send({ type: "report", report }),
      needKeyFrame: (transformId) => deps.send({ type: "keyFrameNeeded", transformId }),
    };
  }

  /** Does what the page asks, in order. Key changes count from the next frame on. */
  handle(message: ToWorker): void {
    try {
      this.#dispatch(message);
    } catch (fault) {
      this.#fault(fault);
    }
  }

  /** Runs a transform until its track ends. */
  async attach(setup: TransformSetup, pipe: TransformPipe): Promise<void> {
    const transform = new FrameTransform(this.#transformDeps, setup, pipe.keyFrames);
    this.#transforms.set(setup.transformId, transform);
    if (!this.#isTicking) this.#scheduleTick();
    await transform.run(pipe.readable, pipe.writable);
    transform.tick();
    if (this.#transforms.get(setup.transformId) === transform) this.#transforms.delete(setup.transformId);
  }

  #dispatch(message: ToWorker): void {
    switch (message.type) {
      case "configure":
        this.#policy = message.policy;
        return;
      case "attach":
        void this.attach(message.setup, message);
        return;
      case "retarget":
        this.#transforms.get(message.setup.transformId)?.retarget(message.setup);
        return;
      case "setKey":
        this.#keys
          .setKey(message.ownerId, message.index, new Uint8Array(message.key))
          .catch((fault: unknown) => this.#fault(fault));
        return;
      case "useSenderKey":
        this.#keys.useSenderKey(message.ownerId, message.index);
        return;
      case "suspendSender":
        this.#keys.suspendSender(message.ownerId);
        return;
      case "forget":
        this.#keys.forget(message.ownerId);
        return;
    }
  }

  #scheduleTick(): void {
    this.#isTicking = true;
    this.#deps.clock.after(REPORT_INTERVAL_MS, () => {
      for (const transform of this.#transforms.values()) transform.tick();
      this.#isTicking = false;
      if (this.#transforms.size > 0) this.#scheduleTick();
    });
  }

  #fault(fault: unknown): void {
    this.#deps.send({ type: "fault", code: fault instanceof FrameCryptoError ? fault.code : "unexpected" });
  }
}

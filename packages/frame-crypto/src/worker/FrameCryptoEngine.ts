import type { Clock } from "@conclave/kit";

import { decryptPacket, encryptPacket } from "../dataPacket.ts";
import { FrameCryptoError } from "../errors.ts";
import { ivStart } from "../IvSequence.ts";
import type { FrameTransform, KeyFrameSource } from "../transform/FrameTransform.ts";
import { TransformSet } from "../transform/TransformSet.ts";
import type { EncodedFrame, FromWorker, ToWorker, TransformSetup } from "./messages.ts";
import { encodedFrames, pipeFrames } from "./pipeFrames.ts";

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

/** All that lives in the worker: does what the page asks to one set of transforms. */
export class FrameCryptoEngine {
  readonly #deps: EngineDeps;
  readonly #set: TransformSet<EncodedFrame>;
  readonly #transforms = new Map<string, FrameTransform<EncodedFrame>>();
  #policy: "required" | "off" = "required";
  #generation = 0;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#set = new TransformSet({
      clock: deps.clock,
      randomUint32: () => ivStart(this.#generation, deps.randomUint32()),
      frames: encodedFrames,
      policy: () => this.#policy,
      report: (report) => deps.send({ type: "report", report }),
      needKeyFrame: (transformId) => deps.send({ type: "keyFrameNeeded", transformId }),
    });
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
    const transform = this.#set.open(setup, pipe.keyFrames);
    this.#transforms.set(setup.transformId, transform);
    await pipeFrames(transform, pipe.readable, pipe.writable);
    this.#set.end(transform);
    if (this.#transforms.get(setup.transformId) === transform) this.#transforms.delete(setup.transformId);
  }

  #dispatch(message: ToWorker): void {
    switch (message.type) {
      case "configure":
        this.#policy = message.policy;
        this.#generation = message.generation;
        return;
      case "attach":
        void this.attach(message.setup, message);
        return;
      case "retarget":
        this.#transforms.get(message.setup.transformId)?.retarget(message.setup);
        return;
      case "setKey":
        this.#set.keys
          .setKey(message.ownerId, message.index, new Uint8Array(message.key), message.keyBits)
          .catch((fault: unknown) => this.#fault(fault));
        return;
      case "setPassword":
        this.#set.keys
          .setPassword(message.ownerId, message.index, message.password)
          .catch((fault: unknown) => this.#fault(fault));
        return;
      case "useSenderKey":
        this.#set.keys.useSenderKey(message.ownerId, message.index);
        return;
      case "suspendSender":
        this.#set.keys.suspendSender(message.ownerId);
        return;
      case "forget":
        this.#set.keys.forget(message.ownerId);
        return;
      case "encryptPacket":
      case "decryptPacket":
        void this.#answer(message);
        return;
    }
  }

  async #answer(message: Extract<ToWorker, { requestId: number }>): Promise<void> {
    const { requestId, ownerId } = message;
    const keys = this.#set.keys.owner(ownerId);
    if (message.type === "decryptPacket") {
      const result = await decryptPacket(message.packet, keys, this.#deps.clock.monotonicMs());
      return this.#deps.send({ type: "packetDecrypted", requestId, result });
    }
    const sender = await keys?.inUse();
    const packet = await encryptPacket(message.plain, sender).catch(() => undefined);
    // If the key was replaced meanwhile, somebody who left may know it.
    const mayLeave = sender !== undefined && keys?.isInUse(sender);
    this.#deps.send({ type: "packetEncrypted", requestId, packet: mayLeave ? packet : undefined });
  }

  #fault(fault: unknown): void {
    this.#deps.send({ type: "fault", code: fault instanceof FrameCryptoError ? fault.code : "unexpected" });
  }
}

import {
  checkKeyIndex,
  checkRawKey,
  type DecryptOutcome,
  FrameCryptoError,
  type FrameTransform,
  NO_ENCRYPT_COUNTS,
  type TransformReport,
  TransformSet,
} from "@conclave/frame-crypto";
import type { FrameCryptoHost, TransformOptions } from "@conclave/frame-crypto/page";
import { type Clock, Emitter, type Happening, type Logger } from "@conclave/kit";

import { browserTypes } from "../rtc/browserTypes.ts";
import type { RtpEnd, RtpFrame, FrameTransform as RtpTransform } from "../rtc/RtpEnd.ts";
import type { FrameWitness } from "./FrameWitness.ts";
import { identityOf } from "./identityOf.ts";
import { importNodeMaterial } from "./nodeMaterial.ts";
import { rtpFrames } from "./rtpFrames.ts";

export interface NodeFrameCryptoDeps {
  readonly policy: "required" | "off";
  readonly clock: Clock;
  /** Cryptographically strong. */
  readonly randomUint32: () => number;
  /** Is told of each frame that arrives. */
  readonly witness: FrameWitness;
  readonly logger: Logger;
}

/** The track that an end serves at present. */
interface Served {
  readonly transformId: string;
  readonly transform: FrameTransform<RtpFrame>;
  identity: string;
}

/** Frame encryption in Node: what the worker does in a page, on the ends of a bot's transport and with Node's cipher. */
export class NodeFrameCrypto implements FrameCryptoHost {
  readonly policy: "required" | "off";
  readonly #witness: FrameWitness;
  readonly #logger: Logger;
  readonly #set: TransformSet<RtpFrame>;
  readonly #reported: Emitter<TransformReport>;
  readonly #served = new WeakMap<RtpEnd, Served>();
  #attached = 0;
  #isClosed = false;

  constructor({ policy, clock, randomUint32, witness, logger }: NodeFrameCryptoDeps) {
    this.policy = policy;
    this.#witness = witness;
    this.#logger = logger;
    // One bot's fault must not end the process of all.
    this.#reported = new Emitter(() => logger.error("a listener to frame reports failed"));
    this.#set = new TransformSet({
      clock,
      randomUint32,
      importMaterial: importNodeMaterial,
      frames: rtpFrames,
      policy: () => policy,
      report: (report) => this.#reported.emit(report),
      // Frames are made ahead of time, key frames among them: there is no encoder to ask.
      needKeyFrame: () => {},
    });
  }

  get reported(): Happening<TransformReport> {
    return this.#reported;
  }

  protectSender(sender: RTCRtpSender, options: TransformOptions): void {
    const end = browserTypes.fromRtcEnd(sender);
    if (this.policy === "off") return this.#passPlain(end, options);
    const { transform } = this.#serve(end, "send", options);
    end.transform = async (frame) => (this.#isClosed ? undefined : (await transform.transformFrame(frame)).bytes);
  }

  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void {
    const end = browserTypes.fromRtcEnd(receiver);
    end.transform = this.#receiving(this.#serve(end, "receive", options), end);
  }

  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void {
    checkKeyIndex(index);
    checkRawKey(key);
    if (this.#isClosed) return;
    const copy = key.slice();
    void this.#set.keys
      .setKey(ownerId, index, copy)
      .catch((fault: unknown) => {
        const code = fault instanceof FrameCryptoError ? fault.code : "unexpected";
        this.#logger.warn("a frame key was not taken", { code });
      })
      .finally(() => copy.fill(0));
  }

  useSenderKey(ownerId: string, index: number): void {
    checkKeyIndex(index);
    if (!this.#isClosed) this.#set.keys.useSenderKey(ownerId, index);
  }

  suspendSender(ownerId: string): void {
    this.#set.keys.suspendSender(ownerId);
  }

  forget(ownerId: string): void {
    this.#set.keys.forget(ownerId);
  }

  close(): void {
    this.#isClosed = true;
    this.#set.close();
  }

  #serve(end: RtpEnd, direction: "send" | "receive", options: TransformOptions): Served {
    this.#checkOpen();
    const known = this.#served.get(end);
    const transformId = known?.transformId ?? this.#nextId(direction);
    const setup = { ...options, transformId, direction, payloadTypes: [] };
    const identity = identityOf(options.ownerId);
    if (known !== undefined) {
      known.transform.retarget(setup);
      known.identity = identity;
      return known;
    }
    const served = { transformId, transform: this.#set.open(setup), identity };
    this.#served.set(end, served);
    return served;
  }

  #receiving(served: Served, { kind }: RtpEnd): RtpTransform {
    return async (frame) => {
      if (this.#isClosed) return undefined;
      const { identity } = served;
      const { outcome, bytes } = await served.transform.transformFrame(frame);
      if (this.#isClosed) return undefined;
      // Receivers have no other outcomes.
      const received = outcome as DecryptOutcome;
      this.#witness.frameReceived({ identity, kind, outcome: received, frame: bytes ?? frame.data });
      return bytes;
    };
  }

  #passPlain(end: RtpEnd, { ownerId, kind }: TransformOptions): void {
    this.#checkOpen();
    end.transform = (frame) => Promise.resolve(this.#isClosed ? undefined : frame.data);
    const report: TransformReport = {
      transformId: this.#nextId("send"),
      ownerId,
      kind,
      direction: "send",
      counts: NO_ENCRYPT_COUNTS,
      state: "plain",
    };
    queueMicrotask(() => this.#reported.emit(report));
  }

  #nextId(direction: "send" | "receive"): string {
    this.#attached += 1;
    return `${direction}-${this.#attached}`;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new FrameCryptoError("host_closed", "Frame encryption has ended");
  }
}

import { Emitter, type Happening, type Logger, silentLogger } from "@conclave/kit";

import { FrameCryptoError } from "../errors.ts";
import { checkKeyIndex, checkRawKey } from "../checkKey.ts";
import type { TransformReport } from "../outcome.ts";
import { NO_ENCRYPT_COUNTS } from "../stats.ts";
import { type ToWorker, type TransformSetup, tryFromWorker } from "../worker/messages.ts";
import { attachTransform, availableMechanism, type TransformMechanism } from "./attachTransform.ts";
import type { FrameCryptoHost, TransformOptions } from "./ports.ts";
import { requestKeyFrame } from "./requestKeyFrame.ts";

/** What the page gives to have frames encrypted. */
export interface FrameCryptoHostDeps {
  /** Starts the module worker of `@conclave/frame-crypto/worker`; the bundler must see the `new Worker(new URL(…))`. */
  readonly createWorker: () => Worker;
  readonly policy: "required" | "off";
  readonly logger?: Logger;
  /** What the browser offers if not given. */
  readonly mechanism?: TransformMechanism;
}

/** Starts a frame-crypto worker and returns the handle on it. */
export function createFrameCryptoHost(deps: FrameCryptoHostDeps): FrameCryptoHost {
  return new WorkerHost(deps);
}

/** Senders that can be asked for key frames; those before the last so many have long been replaced. */
const MAX_REMEMBERED_SENDERS = 64;

type Target = RTCRtpSender | RTCRtpReceiver;

class WorkerHost implements FrameCryptoHost {
  readonly policy: "required" | "off";
  readonly #worker: Worker;
  readonly #logger: Logger;
  readonly #mechanism: TransformMechanism;
  readonly #reported = new Emitter<TransformReport>();
  readonly #transformIds = new WeakMap<Target, string>();
  readonly #senders = new Map<string, RTCRtpSender>();
  #attached = 0;
  #isClosed = false;

  constructor(deps: FrameCryptoHostDeps) {
    this.policy = deps.policy;
    this.#logger = deps.logger ?? silentLogger;
    this.#mechanism = deps.mechanism ?? availableMechanism();
    this.#worker = deps.createWorker();
    this.#worker.addEventListener("message", (event: MessageEvent<unknown>) => this.#receive(event.data));
    this.#worker.addEventListener("error", () => this.#logger.error("frame-crypto worker failed"));
    this.#post({ type: "configure", policy: deps.policy });
  }

  get reported(): Happening<TransformReport> {
    return this.#reported;
  }

  protectSender(sender: RTCRtpSender, options: TransformOptions): void {
    if (this.policy === "off") return this.#reportPlain(options);
    this.#remember(this.#protect(sender, "send", options), sender);
  }

  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void {
    this.#protect(receiver, "receive", options);
  }

  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void {
    checkKeyIndex(index);
    checkRawKey(key);
    const copy = key.slice().buffer;
    this.#post({ type: "setKey", ownerId, index, key: copy }, [copy]);
  }

  useSenderKey(ownerId: string, index: number): void {
    checkKeyIndex(index);
    this.#post({ type: "useSenderKey", ownerId, index });
  }

  suspendSender(ownerId: string): void {
    this.#post({ type: "suspendSender", ownerId });
  }

  forget(ownerId: string): void {
    this.#post({ type: "forget", ownerId });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#senders.clear();
    this.#worker.terminate();
  }

  #protect(target: Target, direction: "send" | "receive", options: TransformOptions): string {
    // Without a worker nothing could drop the frames of this track.
    if (this.#isClosed) throw new FrameCryptoError("host_closed", "The frame-crypto worker has ended");
    const known = this.#transformIds.get(target);
    const transformId = known ?? `${direction}-${(this.#attached += 1)}`;
    const setup: TransformSetup = { ...options, transformId, direction, payloadTypes: payloadTypesOf(target) };
    if (known === undefined) attachTransform(this.#worker, target, setup, this.#mechanism);
    else this.#post({ type: "retarget", setup });
    this.#transformIds.set(target, transformId);
    return transformId;
  }

  #remember(transformId: string, sender: RTCRtpSender): void {
    this.#senders.set(transformId, sender);
    const [oldest] = this.#senders.keys();
    if (oldest !== undefined && this.#senders.size > MAX_REMEMBERED_SENDERS) this.#senders.delete(oldest);
  }

  #reportPlain({ ownerId, kind }: TransformOptions): void {
    const transformId = `send-${(this.#attached += 1)}`;
    const report = {
      transformId,
      ownerId,
      kind,
      direction: "send",
      counts: NO_ENCRYPT_COUNTS,
      state: "plain",
    } as const;
    queueMicrotask(() => this.#reported.emit(report));
  }

  #receive(data: unknown): void {
    if (this.#isClosed) return;
    const message = tryFromWorker(data);
    if (message?.type === "report") this.#reported.emit(message.report);
    else if (message?.type === "keyFrameNeeded") this.#requestKeyFrame(message.transformId);
    else this.#logger.warn("frame-crypto worker fault", { code: message?.code ?? "unreadable" });
  }

  #requestKeyFrame(transformId: string): void {
    const sender = this.#senders.get(transformId);
    if (sender !== undefined) void requestKeyFrame(sender);
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#isClosed) this.#worker.postMessage(message, transfer);
  }
}

function payloadTypesOf(target: Target): TransformSetup["payloadTypes"] {
  return target.getParameters().codecs.map(({ payloadType, mimeType }) => [payloadType, mimeType] as const);
}

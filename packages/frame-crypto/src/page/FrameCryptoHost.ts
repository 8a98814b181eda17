import { Emitter, type Happening, type Logger, silentLogger, utf8 } from "@conclave/kit";

import { FrameCryptoError } from "../errors.ts";
import { checkKeyIndex, checkPassword, checkRawKey } from "../checkKey.ts";
import type { PacketResult, SealedPacket } from "../dataPacket.ts";
import type { AesKeyBits } from "../FrameCipher.ts";
import { MAX_GENERATIONS } from "../IvSequence.ts";
import type { TransformReport } from "../outcome.ts";
import { NO_ENCRYPT_COUNTS } from "../stats.ts";
import { type ToWorker, type TransformSetup, tryFromWorker } from "../worker/messages.ts";
import { attachTransform, availableMechanism, type TransformMechanism } from "./attachTransform.ts";
import { KeyShelf, type ShelvedKey } from "./KeyShelf.ts";
import { PacketRequests } from "./PacketRequests.ts";
import type { TransformOptions, WorkerFrameCryptoHost } from "./ports.ts";
import { requestKeyFrame } from "./requestKeyFrame.ts";
import { type Target, Targets } from "./Targets.ts";

/** What the page gives to have frames encrypted. */
export interface FrameCryptoHostDeps {
  /**
   * Starts the module worker of `@conclave/frame-crypto/worker`; the bundler must see the `new Worker(new URL(…))`. Called
   * again if the worker crashes.
   */
  readonly createWorker: () => Worker;
  readonly policy: "required" | "off";
  readonly logger?: Logger;
  /** What the browser offers if not given. */
  readonly mechanism?: TransformMechanism;
}

/** Starts a frame-crypto worker and returns the handle on it. */
export function createFrameCryptoHost(deps: FrameCryptoHostDeps): WorkerFrameCryptoHost {
  return new WorkerHost(deps);
}

class WorkerHost implements WorkerFrameCryptoHost {
  readonly policy: "required" | "off";
  readonly #createWorker: () => Worker;
  readonly #logger: Logger;
  readonly #mechanism: TransformMechanism;
  readonly #reported = new Emitter<TransformReport>();
  readonly #restarted = new Emitter<void>();
  readonly #targets = new Targets();
  readonly #requests = new PacketRequests();
  readonly #shelf = new KeyShelf();
  #worker: Worker;
  #generation = 0;
  #attached = 0;
  #isClosed = false;

  constructor(deps: FrameCryptoHostDeps) {
    this.policy = deps.policy;
    this.#createWorker = deps.createWorker;
    this.#logger = deps.logger ?? silentLogger;
    this.#mechanism = deps.mechanism ?? availableMechanism();
    this.#worker = this.#start();
  }

  get reported(): Happening<TransformReport> {
    return this.#reported;
  }

  get restarted(): Happening<void> {
    return this.#restarted;
  }

  protectSender(sender: RTCRtpSender, options: TransformOptions): void {
    if (this.policy === "off") this.#reportPlain(options);
    else this.#protect(sender, "send", options);
  }

  protectReceiver(receiver: RTCRtpReceiver, options: TransformOptions): void {
    this.#protect(receiver, "receive", options);
  }

  setKey(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>): void {
    this.setKeyOfLength(ownerId, index, key, 128);
  }

  setKeyOfLength(ownerId: string, index: number, key: Uint8Array<ArrayBuffer>, keyBits: AesKeyBits): void {
    checkKeyIndex(index);
    checkRawKey(key);
    if (this.#isClosed) return;
    const installed = { ownerId, index, bytes: key, keyBits };
    this.#shelf.put(installed);
    this.#install(installed);
  }

  setPassword(ownerId: string, index: number, password: string): void {
    checkKeyIndex(index);
    checkPassword(utf8(password));
    if (this.#isClosed) return;
    this.#shelf.put({ ownerId, index, password });
    this.#install({ ownerId, index, password });
  }

  useSenderKey(ownerId: string, index: number): void {
    checkKeyIndex(index);
    this.#shelf.use(ownerId, index);
    this.#post({ type: "useSenderKey", ownerId, index });
  }

  suspendSender(ownerId: string): void {
    this.#shelf.suspend(ownerId);
    this.#post({ type: "suspendSender", ownerId });
  }

  forget(ownerId: string): void {
    this.#shelf.forget(ownerId);
    this.#post({ type: "forget", ownerId });
  }

  async encryptPacket(ownerId: string, plain: Uint8Array<ArrayBuffer>): Promise<SealedPacket> {
    const packet = await this.#ask<SealedPacket | undefined>((requestId) => {
      this.#post({ type: "encryptPacket", requestId, ownerId, plain });
    });
    if (packet === undefined) throw new FrameCryptoError("no_sender_key", "There is no key to encrypt with");
    return packet;
  }

  decryptPacket(ownerId: string, packet: SealedPacket): Promise<PacketResult> {
    return this.#ask((requestId) => this.#post({ type: "decryptPacket", requestId, ownerId, packet }));
  }

  restart(): void {
    if (this.#isClosed) return;
    this.#worker.terminate();
    this.#requests.fail("worker_restarted");
    this.#generation += 1;
    // No IVs are left that no worker before has used.
    if (this.#generation >= MAX_GENERATIONS) return this.close();
    this.#worker = this.#start();
    for (const key of this.#shelf.keys()) this.#install(key);
    for (const [ownerId, index] of this.#shelf.senders()) this.#post({ type: "useSenderKey", ownerId, index });
    for (const { target, setup } of this.#targets.all()) this.#attachAgain(target, setup);
    this.#restarted.emit();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#targets.clear();
    this.#shelf.clear();
    this.#requests.fail("host_closed");
    this.#worker.terminate();
  }

  #start(): Worker {
    const worker = this.#createWorker();
    worker.addEventListener("message", (event: MessageEvent<unknown>) => {
      if (worker === this.#worker) this.#receive(event.data);
    });
    worker.addEventListener("error", () => {
      this.#logger.error("frame-crypto worker failed");
      if (worker === this.#worker) this.restart();
    });
    worker.postMessage({ type: "configure", policy: this.policy, generation: this.#generation } satisfies ToWorker);
    return worker;
  }

  #protect(target: Target, direction: "send" | "receive", options: TransformOptions): void {
    // Without a worker nothing could drop the frames of this track.
    if (this.#isClosed) throw new FrameCryptoError("host_closed", "The frame-crypto worker has ended");
    const known = this.#targets.idOf(target);
    const transformId = known ?? `${direction}-${(this.#attached += 1)}`;
    const setup: TransformSetup = { ...options, transformId, direction, payloadTypes: payloadTypesOf(target) };
    if (known === undefined) attachTransform(this.#worker, target, setup, this.#mechanism);
    else this.#post({ type: "retarget", setup });
    this.#targets.set(target, setup);
  }

  /** Encoded streams went down with the worker that had them: such a track stays silent, which is safe. */
  #attachAgain(target: Target, setup: TransformSetup): void {
    try {
      attachTransform(this.#worker, target, setup, this.#mechanism);
    } catch (fault) {
      const code = fault instanceof FrameCryptoError ? fault.code : "unexpected";
      this.#logger.warn("a track stays without frames after a crash", { code });
    }
  }

  #install(key: ShelvedKey): void {
    const { ownerId, index } = key;
    if (key.bytes === undefined) return this.#post({ type: "setPassword", ownerId, index, password: key.password });
    const copy = key.bytes.slice().buffer;
    this.#post({ type: "setKey", ownerId, index, key: copy, keyBits: key.keyBits }, [copy]);
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
    switch (message?.type) {
      case "report":
        return this.#reported.emit(message.report);
      case "keyFrameNeeded":
        return this.#requestKeyFrame(message.transformId);
      case "packetEncrypted":
        return this.#requests.answer(message.requestId, message.packet);
      case "packetDecrypted":
        return this.#requests.answer(message.requestId, message.result);
      case "fault":
      case undefined:
        this.#logger.warn("frame-crypto worker fault", { code: message?.code ?? "unreadable" });
    }
  }

  #requestKeyFrame(transformId: string): void {
    const sender = this.#targets.find(transformId);
    if (sender instanceof RTCRtpSender) void requestKeyFrame(sender);
  }

  #ask<A>(post: (requestId: number) => void): Promise<A> {
    if (!this.#isClosed) return this.#requests.ask(post);
    return Promise.reject(new FrameCryptoError("host_closed", "The frame-crypto worker has ended"));
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#isClosed) this.#worker.postMessage(message, transfer);
  }
}

function payloadTypesOf(target: Target): TransformSetup["payloadTypes"] {
  return target.getParameters().codecs.map(({ payloadType, mimeType }) => [payloadType, mimeType] as const);
}

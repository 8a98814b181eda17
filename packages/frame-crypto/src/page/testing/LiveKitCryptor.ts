import type { Scope } from "@conclave/kit";
import LiveKitWorker from "livekit-client/e2ee-worker?worker";

/** As Element Call sets it up. */
const KEY_PROVIDER_OPTIONS = {
  sharedKey: false,
  ratchetSalt: "LKFrameEncryptionKey",
  ratchetWindowSize: 10,
  failureTolerance: 10,
  keyringSize: 256,
  keySize: 128,
};

/** Drives livekit-client's own, unmodified E2EE worker by its messages, for one participant. */
export class LiveKitCryptor {
  readonly #worker: Worker = new LiveKitWorker();
  readonly #identity: string;

  constructor(scope: Scope, identity: string) {
    this.#identity = identity;
    this.#post("init", { keyProviderOptions: KEY_PROVIDER_OPTIONS, loglevel: "silent" });
    this.#post("enable", { participantIdentity: identity, enabled: true });
    scope.onEnd(() => this.#worker.terminate());
  }

  async setKey(keyIndex: number, raw: Uint8Array<ArrayBuffer>): Promise<void> {
    const key = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveBits", "deriveKey"]);
    this.#post("setKey", {
      participantIdentity: this.#identity,
      isPublisher: true,
      key,
      keyIndex,
      updateCurrentKeyIndex: true,
    });
  }

  ratchet(keyIndex: number): void {
    this.#post("ratchetRequest", { participantIdentity: this.#identity, keyIndex });
  }

  attach(target: RTCRtpSender | RTCRtpReceiver, kind: "encode" | "decode", codec: string): void {
    target.transform = new RTCRtpScriptTransform(this.#worker, {
      kind,
      participantIdentity: this.#identity,
      trackId: crypto.randomUUID(),
      codec: codec === "opus" ? undefined : codec,
      hasPacketTrailer: false,
    });
  }

  #post(kind: string, data: object): void {
    this.#worker.postMessage({ kind, data });
  }
}
